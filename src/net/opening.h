// The way to a session that is ready: find the server, connect, log in, and have asked already what
// is asked of every file.
//
// The Login conversation decides what is said; what it will say goes ahead of it, as far as the
// host lets us (StartUp). When that goes wrong (the connection is closed, a reply does not fit its
// line, or the server is silent) it connects again, once, and sends one line at a time; if that
// works the host remembers it. A refused login is never repeated.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ftp/action.h"
#include "ftp/features.h"
#include "ftp/login.h"
#include "net/connect.h"
#include "net/control_connection.h"
#include "net/host.h"
#include "net/range_fetch.h"
#include "net/resolver.h"
#include "net/route.h"
#include "transfer/session.h"

namespace ftpull::net {

class Opening final : ControlConnection::Listener {
 public:
  struct Opened {
    std::unique_ptr<ControlConnection> control;
    RangeFetch::Ends ends;
  };

  struct Events {
    /// Either of them once, never from within the constructor. The Opening must not be destroyed in
    /// either.
    std::function<void(Opened)> on_open;
    std::function<void(transfer::SessionEnd)> on_failed;
  };

  /// `expected_path`: of the file that will most likely be asked for first; may be empty.
  Opening(Host& host, int session, std::string expected_path, Events events);

  /// No callbacks any more.
  void stop();

 private:
  enum class State { connecting, login, starting_over, ended };

  void connect();
  void find_proxy(const std::string& target);
  void dial(Route route);
  void on_connected(Dial::Connected connected);
  std::optional<ftp::Features> known_features() const;
  std::vector<ftp::Send> lines_ahead() const;
  void carry_out(const ftp::Actions& actions);
  void on_logged_in();
  void on_refused(const ftp::Fail& failure);

  void on_reply(const ftp::Reply& reply) override;
  void on_lost(Error error) override;
  void on_mixed_up() override { start_over(); }

  bool may_start_over() const;
  void start_over();
  void fail(Error error);

  Duration patience() const;
  void wait();
  void on_timer();

  Host& host_;
  const int session_;
  const std::string expected_path_;
  const Events events_;
  State state_ = State::connecting;
  StartUp start_up_;
  bool started_over_ = false;
  std::optional<ftp::Features> features_;  // empty: FEAT is asked for
  std::unique_ptr<Resolve> resolve_;
  Route route_;
  std::unique_ptr<Connect> dial_;
  std::unique_ptr<ControlConnection> control_;
  std::optional<RangeFetch::Ends> ends_;
  std::optional<ftp::Login> login_;
  Timer timer_;
};

}  // namespace ftpull::net
