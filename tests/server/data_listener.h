// The server's side of a passive data connection: a port of its own that takes one connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <uv.h>

#include "ftpull/error.h"

#include "handles.h"

namespace ftpull::test_server {

class DataListener {
 public:
  struct Options {
    std::string address;           // where the control connection arrived
    bool dead = false;             // the port is taken but refuses connections
    uint64_t accept_delay_ms = 0;  // connections wait in the kernel's queue so long
  };

  static Result<std::unique_ptr<DataListener>> open(uv_loop_t* loop, const Options& options);
  ~DataListener();
  DataListener(const DataListener&) = delete;
  DataListener& operator=(const DataListener&) = delete;

  int port() const { return port_; }

  /// Calls `then` once, with a non-blocking socket that it owns from then on; at once when the
  /// client is there already. `then` may destroy the listener.
  void when_connected(std::function<void(int socket)> then);

 private:
  DataListener(uv_loop_t* loop, int socket, int port);
  static void on_readable(uv_poll_t* poll, int status, int events);
  void watch();
  void accept_one();
  void hand_over();

  Handle<uv_poll_t> poll_;
  Timer delay_;
  int listening_ = -1;
  int connected_ = -1;
  int port_ = 0;
  std::function<void(int)> then_;
};

}  // namespace ftpull::test_server
