// A session on sockets: one control connection, and one data connection at a time.
//
// It decides nothing about the protocol: replies go into the conversation under way (the Login of
// an Opening, Inspect, or the Retrieve of a RangeFetch), and the actions that come out are carried
// out. What it adds is time limits, NOOP, and the way into a folder whose listing has no command of
// its own with a path.
//
// NOOP keeps a server from ending an idle session: the shortest idle limit that is known is 60 s
// (NCBI, QUIRKS J2). It is sent when the session has been idle for `keepalive`, and only then: some
// servers answer it late during a transfer, others with a 500 (J5, J6). It goes out alone: what is
// asked for before its answer has come is begun after it, so neither is taken for the other. Any
// answer but 421 is a sign of life (J7); none within the time limit ends the session. While the
// reply to a stopped transfer is owed none is sent, as its answer could not be told from that.
// Of small files the next one is begun while one is under way, with a RangeFetch of its own: its
// EPSV goes out behind the RETR of the one before, or in active mode EPRT and RETR both. Replies
// come in order, so each goes to the first of the two that has not had its last. A server that
// refuses commands during a transfer, or loses them (Pure-FTPd, QUIRKS J5, K3), is found out with
// one file: the session is then no more, or is told one thing at a time, and so are all others
// (Following).
//
// Sessions are idle while their file is read or flushed on disk, or waits to be asked for again;
// those that nobody has work for are closed by the pool after two seconds.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ftp/action.h"
#include "ftp/enter_folder.h"
#include "ftp/inspect.h"
#include "ftp/reply.h"
#include "net/control_connection.h"
#include "net/host.h"
#include "net/opening.h"
#include "net/range_fetch.h"
#include "transfer/session.h"

namespace ftpull::net {

class FtpSession final : public transfer::Session, ControlConnection::Listener {
 public:
  FtpSession(Host& host, transfer::SessionObserver& observer, int number);

  void open(const std::string& expected_path) override;
  void inspect(const std::string& path, bool anew) override;
  void fetch(const transfer::RangeRequest& request, Sink& sink) override;
  bool takes_next() const override;
  void fetch_next(const transfer::RangeRequest& request, Sink& sink) override;
  int number() const override { return number_; }
  Duration round_trip() const override { return host_.learned.round_trip.value_or(Duration(0)); }
  bool path_is_full() const override { return host_.path_is_full(); }
  uint64_t claimed() const override;
  void cut() override;
  void set_end(uint64_t end, bool to_end_of_file) override;
  void close() override;

 private:
  enum class State { opening, idle, inspecting, entering, fetching, closing, closed };

  void enter(State state);
  void keep_alive();
  void on_alive();
  void begin();

  void on_open(Opening::Opened opened);
  void on_reply(const ftp::Reply& reply) override;
  void on_lost(Error error) override;
  void lose_control(Error error, bool has_other_way);
  /// In a last look that asks for several facts at once.
  void on_mixed_up() override;
  void ask_facts(const std::string& path, bool anew);
  void begin_fetch();
  std::unique_ptr<RangeFetch> make_fetch(const transfer::RangeRequest& request, Sink& sink,
                                         ftp::Owed owed);
  void tell(const transfer::RangeEnd& end);
  void on_end_of(const RangeFetch* which, const transfer::RangeEnd& end);
  void on_transfer_reply(const ftp::Reply& reply);
  void on_overtaken();
  void promote_next(ftp::Owed owed);
  void give_next_up();
  TimePoint follow_deadline() const;
  void on_follow_answered();
  void enter_folder();
  /// Where the session is does not matter to it.
  std::string path_from_here(const std::string& path) const;
  bool is_doubtful(const transfer::RangeRequest& request) const;
  bool uses_list(const transfer::RangeRequest& request) const;
  void carry_out(const ftp::Actions& actions);
  void on_finish();
  void on_fail(const ftp::Fail& failure);
  void on_range_end(const transfer::RangeEnd& end);
  void forget_stale_answers();

  TimePoint deadline() const;
  void on_timer();
  void on_deadline();
  Error with_host(Error error) const;
  void lose(Error error);
  void finish_closing();

  Host& host_;
  transfer::SessionObserver& observer_;
  const int number_;
  State state_ = State::opening;

  std::unique_ptr<Opening> opening_;
  std::unique_ptr<ControlConnection> control_;
  std::optional<RangeFetch::Ends> ends_;
  std::optional<ftp::Inspect> inspect_;
  struct Fetch {
    transfer::RangeRequest request;
    Sink* sink;
  };
  std::optional<Fetch> fetch_;
  std::optional<ftp::EnterFolder> entering_;
  /// The login folder, once the session has left it.
  std::optional<std::string> home_;
  std::unique_ptr<RangeFetch> range_;
  std::unique_ptr<RangeFetch> next_;            // behind it
  std::unique_ptr<RangeFetch> past_;            // ended, and may still be calling
  std::optional<transfer::RangeEnd> next_end_;  // told after that of range_
  /// The present one was told as the next of another, and has not been answered yet.
  bool follows_ = false;
  ftp::Retrieve::Restart last_restart_ = ftp::Retrieve::Restart::none;
  ftp::Owed owed_ = ftp::Owed::nothing;  // for the last transfer
  bool control_lost_ = false;

  TimePoint entered_{};                 // the state
  std::optional<TimePoint> noop_sent_;  // and not answered
  TimePoint opened_{};
  std::optional<transfer::SessionEnd> end_;
  Timer timer_;
};

}  // namespace ftpull::net
