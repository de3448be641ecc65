// libuv handles that close themselves. uv_close is asynchronous: the handle outlives its owner, so
// the deleter clears `data`, and every callback looks at `data` before it touches its owner.
#pragma once

#include <functional>
#include <memory>

#include <uv.h>

namespace ftpull::test_server {

template <class H>
struct CloseHandle {
  static void free_it(uv_handle_t* handle) { delete reinterpret_cast<H*>(handle); }
  void operator()(H* handle) const {
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle), free_it);
  }
};

template <class H>
using Handle = std::unique_ptr<H, CloseHandle<H>>;

/// One shot. The function may start the timer again, or destroy its owner's timer.
class Timer {
 public:
  explicit Timer(uv_loop_t* loop) : handle_(new uv_timer_t) {
    uv_timer_init(loop, handle_.get());
    handle_->data = this;
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(uint64_t wait_ms, std::function<void()> then) {
    then_ = std::move(then);
    uv_timer_start(handle_.get(), fire, wait_ms, 0);
  }
  void stop() { uv_timer_stop(handle_.get()); }

 private:
  static void fire(uv_timer_t* handle) {
    if (handle->data == nullptr) return;
    auto then = std::move(static_cast<Timer*>(handle->data)->then_);
    then();
  }

  Handle<uv_timer_t> handle_;
  std::function<void()> then_;
};

}  // namespace ftpull::test_server
