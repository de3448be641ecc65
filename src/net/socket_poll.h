// Tells when a socket can be read or written. Owns the socket.
#pragma once

#include <functional>

#include <uv.h>

#include "core/unique_fd.h"
#include "net/handle.h"
#include "net/loop.h"

namespace ftpull::net {

class SocketPoll {
 public:
  /// `callback` gets the UV_READABLE and UV_WRITABLE bits that are ready. A socket in error is
  /// reported as both: the next call on it tells the reason.
  SocketPoll(Loop& loop, UniqueFd fd, std::function<void(int)> callback);

  int fd() const { return fd_.get(); }
  /// 0: stop watching.
  void watch(int events);
  /// Stops watching and gives the socket away.
  UniqueFd release();

 private:
  std::function<void(int)> callback_;
  UniqueFd fd_;
  Handle<uv_poll_t> handle_;  // after fd_: libuv must let go of the socket before it is closed
};

}  // namespace ftpull::net
