// One libuv loop, and the small things that stand on it: timers, work on the thread pool, a signal
// from other threads. One thread runs the loop and everything that is not marked otherwise.
#pragma once

#include <functional>
#include <memory>

#include <uv.h>

#include "core/time.h"
#include "net/handle.h"
#include "transfer/background.h"

namespace ftpull::net {

class Loop {
 public:
  Loop();
  /// All handles must be gone. Waits for their close callbacks, but not for a name look-up that the
  /// system does not let us cancel: the loop's memory is left to that.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Before each wait for events `step` is called with the time; it acts on what has happened and
  /// returns when it wants to be called at the latest. Runs until `finished` says so after a step.
  void run(const std::function<TimePoint(TimePoint)>& step, const std::function<bool()>& finished);

  TimePoint now() const;
  uv_loop_t* uv() { return loop_.get(); }

 private:
  std::unique_ptr<uv_loop_t> loop_;
};

/// Calls back once, at or after a time. Destroying or stopping it cancels.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> callback);

  void start(Duration after);
  void stop();

 private:
  std::function<void()> callback_;
  Handle<uv_timer_t> handle_;
};

/// Wakes the loop: wake() is safe from any thread and in a signal handler, and any number of calls
/// before the loop looks are one.
class Waker {
 public:
  explicit Waker(Loop& loop);
  void wake() noexcept;

 private:
  Handle<uv_async_t> handle_;
};

/// Work on libuv's thread pool. Work that has begun ends even when nobody waits for it any more, so
/// what it uses must live as long; the destructor of Loop waits for it.
class PoolWork final : public transfer::Background {
 public:
  explicit PoolWork(Loop& loop) : loop_(loop) {}
  void run(std::function<void()> work, std::function<void()> done) override;

 private:
  Loop& loop_;
};

}  // namespace ftpull::net
