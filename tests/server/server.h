// The listening socket and the sessions it has brought.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <uv.h>

#include "ftpull/error.h"

#include "event_log.h"
#include "handles.h"
#include "script.h"
#include "session.h"
#include "tree.h"

namespace ftpull::test_server {

class Server {
 public:
  /// All arguments outlive the server.
  Server(uv_loop_t* loop, Script& script, const Tree& tree, EventLog& log);

  /// `address` is an IPv4 or IPv6 address; port 0 takes a free one. Returns the port.
  Result<int> listen(const std::string& address, int port);

  /// Closes everything, so that the loop comes to its end. May be called twice.
  void stop();

 private:
  static void on_connection(uv_stream_t* stream, int status);
  void accept_one();
  void sweep();

  Shared shared_;
  Handle<uv_tcp_t> listener_;
  std::unique_ptr<Timer> sweeper_;
  std::vector<std::unique_ptr<Session>> sessions_;
  int accepted_ = 0;
};

}  // namespace ftpull::test_server
