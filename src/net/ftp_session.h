// A session on sockets: one control connection, and one data connection at a time.
//
// It decides nothing about the protocol: replies and events go into the conversation (Login,
// Inspect, Retrieve), and the actions that come out are carried out here. What it adds is time
// limits, and counting: a range is complete when its bytes are there, whatever the control
// connection says.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ftp/action.h"
#include "ftp/inspect.h"
#include "ftp/login.h"
#include "ftp/reply.h"
#include "ftp/retrieve.h"
#include "net/control_stream.h"
#include "net/data_transfer.h"
#include "net/dial.h"
#include "net/host.h"
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

  // Opening.
  void dial_control(std::vector<Address> addresses);
  void on_control_connected(Dial::Connected connected);

  // The control connection.
  void on_control_bytes(std::string_view bytes);
  void on_reply(const ftp::Reply& reply);
  void on_control_lost(Error error);
  void carry_out(ftp::Actions actions);
  void on_finish();
  void on_fail(const ftp::Fail& fail);

  // The data connection.
  void dial_data(const ftp::OpenData& open);
  void stop_dialing();
  void on_data_end(DataTransfer::Outcome outcome, std::optional<Error> error);
  void settle_range();
  std::optional<Error> judge_range() const;
  void end_range(std::optional<Error> error, bool reusable);
  bool data_under_way() const { return data_ != nullptr && !data_->ended(); }

  // Time.
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
  std::optional<Address> peer_;
  std::optional<Address> local_;
  ftp::ReplyParser parser_;
  std::variant<std::monostate, ftp::Login, ftp::Inspect, ftp::Retrieve> conversation_;
  bool rest_was_sent_ = false;
  bool reply_owed_ = false;
  bool control_lost_ = false;

  transfer::RangeRequest range_;
  Sink* sink_ = nullptr;
  std::unique_ptr<DataTransfer> data_;
  std::optional<DataTransfer::Outcome> data_outcome_;
  std::optional<Error> data_error_;
  std::optional<ftp::Fail> conversation_failure_;
  uint64_t position_ = 0;

  TimePoint last_event_{};
  std::optional<transfer::SessionEnd> end_;
  Timer timer_;
};

}  // namespace ftpull::net
