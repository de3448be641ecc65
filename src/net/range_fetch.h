// One RETR of a session: the Retrieve conversation, the data connection it asks for, and the
// judgement of what came. The bytes decide: a range is complete when they are there, whatever the
// control connection says; only where no end is known the server's final reply is needed (QUIRKS E1
// to E14).
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "ftp/retrieve.h"
#include "net/accept.h"
#include "net/connect.h"
#include "net/data_transfer.h"
#include "net/host.h"
#include "net/route.h"
#include "transfer/session.h"

namespace ftpull::net {

class RangeFetch {
 public:
  /// The control connection's two ends, and what was agreed between them.
  struct Ends {
    Address local;
    Address peer;             // the server's, or the proxy's
    Route route;              // from here to peer, and beyond it when it is a proxy
    bool compressed = false;  // MODE Z
  };

  struct Events {
    std::function<void(const ftp::Send&)> send;
    std::function<void(uint64_t)> on_bytes;
    /// Once. Never from within start() or abandon().
    std::function<void(const transfer::RangeEnd&)> on_end;
    /// After abandon(): no thread uses the sink any more.
    std::function<void()> on_abandoned;
    /// deadline() may have changed.
    std::function<void()> on_wait;
  };

  /// `request` without what the ends tell: IPv6, and where to listen in active mode. Must not be
  /// destroyed from within its callbacks, nor while data_under_way().
  RangeFetch(Host& host, const Ends& ends, transfer::RangeRequest range,
             ftp::Retrieve::Request request, Sink& sink, Events events);

  void start();
  void on_reply(const ftp::Reply& reply);
  /// The control connection has gone; data that still comes is taken.
  void on_control_lost(Error error);

  TimePoint deadline() const;
  void on_deadline();

  uint64_t claimed() const { return data_under_way() ? data_->claimed() : position_; }
  void set_end(uint64_t end, bool to_end_of_file);
  /// What has come so far is all that is wanted, nothing included. Takes effect at the next
  /// on_deadline(), which is due at once.
  void cut() { cut_ = true; }

  /// Stops without a result. on_abandoned comes at once when nothing is under way, and soon
  /// otherwise.
  void abandon();
  bool data_under_way() const { return data_ != nullptr && !data_->ended(); }

  bool ended() const { return state_ == State::ended; }
  /// What comes next on the control connection is for whoever is behind it.
  bool is_answered() const { return retrieve_.is_over(); }
  /// The transfer has been asked for.
  bool is_asked_for() const { return retrieve_.reply_owed(); }
  /// The server sends, or has said that it will.
  bool is_under_way() const { return retrieve_.transfer_began(); }
  /// The server has said how the data connection is to be made.
  bool is_agreed() const { return retrieve_.opening().is_agreed(); }
  /// The one before it has ended; `owed` is what is still to come for it.
  void take_turn(ftp::Owed owed);
  ftp::Owed owed() const {
    return retrieve_.reply_owed() ? ftp::Owed::final_reply : ftp::Owed::surplus;
  }
  ftp::Retrieve::Restart last_restart() const { return retrieve_.last_restart(); }

 private:
  enum class State { running, abandoned, ended };

  void carry_out(const ftp::Actions& actions);
  ftp::Retrieve::Request with_ends(ftp::Retrieve::Request request);
  bool will_be_cut() const;
  void dial(const ftp::OpenData& open);
  void on_data_connected(UniqueFd fd, Duration round_trip);
  void stop_connecting();
  /// The data connection is not there yet.
  bool is_awaited() const { return (accept_ != nullptr || dialing_) && data_ == nullptr; }
  void on_data_end(DataTransfer::Outcome outcome, std::optional<Error> error);
  void settle();
  std::optional<Error> judge() const;
  Error judge_early_end() const;
  void end(std::optional<Error> error, bool reusable);

  Host& host_;
  const Ends ends_;
  transfer::RangeRequest range_;
  const std::optional<uint64_t> rang_end_;
  Sink& sink_;
  const Events events_;

  State state_ = State::running;
  bool cut_ = false;
  bool control_lost_ = false;
  std::unique_ptr<Connect> dial_;
  bool dialing_ = false;
  std::unique_ptr<Accept> accept_;
  std::unique_ptr<DataTransfer> data_;
  std::optional<DataTransfer::Outcome> outcome_;
  std::optional<Error> data_error_;
  std::optional<ftp::Fail> failure_;  // of the conversation
  uint64_t position_;
  TimePoint last_event_;
  ftp::Retrieve retrieve_;
};

}  // namespace ftpull::net
