#include "net/loop.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <thread>
#include <utility>

namespace ftpull::net {

Loop::Loop() : loop_(std::make_unique<uv_loop_t>()) {
  // Fails only when the process has no file descriptors left; nothing can be done without it.
  [[maybe_unused]] const int result = uv_loop_init(loop_.get());
  assert(result == 0);
}

Loop::~Loop() {
  // A close callback takes one turn, and may begin another close; work that is done takes one, too.
  constexpr int kMostTurns = 100;
  constexpr auto kTurn = std::chrono::milliseconds(1);
  for (int turn = 0; turn < kMostTurns; ++turn) {
    uv_run(loop_.get(), UV_RUN_NOWAIT);
    if (uv_loop_close(loop_.get()) == 0) return;
    std::this_thread::sleep_for(kTurn);
  }
  static_cast<void>(loop_.release());
}

TimePoint Loop::now() const {
  return TimePoint(Duration(uv_hrtime()));
}

void Loop::run(const std::function<TimePoint(TimePoint)>& step,
               const std::function<bool()>& finished) {
  // The longest sleep between two steps, should a step forget its deadline.
  constexpr Duration kLongestWait = std::chrono::seconds(1);
  Timer timer(*this, [] {});
  for (;;) {
    const TimePoint before = now();
    const TimePoint deadline = step(before);
    if (finished()) return;
    // libuv runs timers before it waits for events: one that is due would not end that wait.
    const bool is_due = deadline <= before;
    if (!is_due) timer.start(std::min<Duration>(deadline - before, kLongestWait));
    uv_run(loop_.get(), is_due ? UV_RUN_NOWAIT : UV_RUN_ONCE);
  }
}

Timer::Timer(Loop& loop, std::function<void()> callback)
    : callback_(std::move(callback)), handle_(new uv_timer_t) {
  uv_timer_init(loop.uv(), handle_.get());
  handle_->data = this;
}

void Timer::start(Duration after) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(after).count();
  uv_update_time(handle_->loop);
  uv_timer_start(
      handle_.get(),
      [](uv_timer_t* handle) {
        if (handle->data != nullptr) static_cast<Timer*>(handle->data)->callback_();
      },
      static_cast<uint64_t>(std::max<int64_t>(whole, 0)), 0);
}

void Timer::stop() {
  uv_timer_stop(handle_.get());
}

Waker::Waker(Loop& loop) : handle_(new uv_async_t) {
  uv_async_init(loop.uv(), handle_.get(), [](uv_async_t*) {});
}

void Waker::wake() noexcept {
  uv_async_send(handle_.get());
}

void PoolWork::run(std::function<void()> work, std::function<void()> done) {
  struct Item {
    uv_work_t request;
    std::function<void()> work;
    std::function<void()> done;
  };
  auto* item = new Item{{}, std::move(work), std::move(done)};
  item->request.data = item;
  uv_queue_work(
      loop_.uv(), &item->request,
      [](uv_work_t* request) { static_cast<Item*>(request->data)->work(); },
      [](uv_work_t* request, int) {
        const std::unique_ptr<Item> ended(static_cast<Item*>(request->data));
        ended->done();
      });
}

}  // namespace ftpull::net
