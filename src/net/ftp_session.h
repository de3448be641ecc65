// A session on sockets: one control connection, and one data connection at a time.
//
// It decides nothing about the protocol: replies go into the conversation under way (Login,
// Inspect, or the Retrieve of a RangeFetch), and the actions that come out are carried out. What it
// adds is time limits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ftp/action.h"
#include "ftp/inspect.h"
#include "ftp/login.h"
#include "ftp/reply.h"
#include "net/control_stream.h"
#include "net/dial.h"
#include "net/host.h"
#include "net/range_fetch.h"
#include "net/resolver.h"
#include "transfer/session.h"

namespace ftpull::net {

class FtpSession final : public transfer::Session {
 public:
  FtpSession(Host& host, transfer::SessionObserver& observer, int number);
  ~FtpSession() override;

  void open() override;
  void inspect(const std::string& path) override;
  void fetch(const transfer::RangeRequest& request, Sink& sink) override;
  uint64_t claimed() const override;
  void set_end(uint64_t end, bool to_end_of_file) override;
  void close() override;

 private:
  enum class State { idle, connecting, login, inspecting, fetching, closing, closed };

  void enter(State state);

  void dial_control(std::vector<Address> addresses);
  void on_control_connected(Dial::Connected connected);
  void on_control_bytes(std::string_view bytes);
  void take_replies();
  void on_reply(const ftp::Reply& reply);
  void on_control_lost(Error error);
  void carry_out(const ftp::Actions& actions);
  void send(const ftp::Send& send);
  void on_finish();
  void on_fail(const ftp::Fail& failure);
  void on_range_end(const transfer::RangeEnd& end);

  TimePoint deadline() const;
  void on_timer();
  void on_deadline();
  Error with_host(Error error) const;
  void lose(Error error);
  void finish_closing();

  Host& host_;
  transfer::SessionObserver& observer_;
  const int number_;
  State state_ = State::idle;

  std::unique_ptr<Resolve> resolve_;
  std::unique_ptr<Dial> dial_;
  bool dialing_ = false;
  bool counted_ = false;  // by the host, as connected
  std::unique_ptr<ControlStream> control_;
  std::optional<RangeFetch::Ends> ends_;
  ftp::ReplyParser parser_;
  std::variant<std::monostate, ftp::Login, ftp::Inspect> conversation_;
  std::unique_ptr<RangeFetch> range_;
  ftp::Retrieve::Restart last_restart_ = ftp::Retrieve::Restart::none;
  bool offers_rang_ = false;
  bool reply_owed_ = false;
  bool control_lost_ = false;
  bool may_settle_ = false;  // an unfinished reply has not been asked to settle since its last byte

  TimePoint last_event_{};  // a step of the conversation
  TimePoint last_byte_{};   // on the control connection
  std::optional<transfer::SessionEnd> end_;
  Timer timer_;
};

}  // namespace ftpull::net
