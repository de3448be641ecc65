#include "net/socket_poll.h"

#include <cassert>
#include <utility>

namespace ftpull::net {

SocketPoll::SocketPoll(Loop& loop, UniqueFd fd, std::function<void(int)> callback)
    : callback_(std::move(callback)), fd_(std::move(fd)) {
  auto* const poll = new uv_poll_t;
  // Fails only for what is not a socket or already polled, which is a fault of this program.
  [[maybe_unused]] const int result = uv_poll_init_socket(loop.uv(), poll, fd_.get());
  assert(result == 0);
  handle_.reset(poll);
  handle_->data = this;
}

void SocketPoll::watch(int events) {
  if (handle_ == nullptr) return;
  if (events == 0) {
    uv_poll_stop(handle_.get());
    return;
  }
  uv_poll_start(handle_.get(), events, [](uv_poll_t* poll, int status, int ready) {
    if (poll->data == nullptr) return;
    static_cast<SocketPoll*>(poll->data)->callback_(status < 0 ? UV_READABLE | UV_WRITABLE : ready);
  });
}

UniqueFd SocketPoll::release() {
  if (handle_ != nullptr) uv_poll_stop(handle_.get());
  handle_.reset();
  return std::move(fd_);
}

}  // namespace ftpull::net
