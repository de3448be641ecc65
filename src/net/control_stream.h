// The bytes of a control connection: lines out, whatever comes in.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

#include "core/unique_fd.h"
#include "net/loop.h"
#include "net/socket_poll.h"

namespace ftpull::net {

class ControlStream {
 public:
  struct Events {
    std::function<void(std::string_view)> on_bytes;
    /// Closed by the peer or broken. Comes once, nothing comes after it.
    std::function<void(Error)> on_end;
  };

  /// Turns TCP keep-alive on: a router that forgets an idle control connection during a long
  /// transfer is noticed (QUIRKS J1). Must not be destroyed from within its callbacks.
  ControlStream(Loop& loop, UniqueFd fd, Events events);

  /// Whole lines, with their CR LF. A failure to send is reported by on_end, later.
  void send(std::string_view lines);

  /// No callbacks any more.
  void stop();

  int fd() const { return poll_.fd(); }

 private:
  void on_ready(int ready);
  void read();
  void flush();
  void end(Error error);

  const Events events_;
  std::string unsent_;
  bool stopped_ = false;
  SocketPoll poll_;
};

}  // namespace ftpull::net
