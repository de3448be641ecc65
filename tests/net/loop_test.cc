#include "net/loop.h"

#include <atomic>
#include <memory>
#include <thread>

#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using test::turn;

TEST_CASE("run_steps_until_it_is_finished") {
  Loop loop;
  int steps = 0;
  loop.run([&](TimePoint now) { return ++steps, now; }, [&] { return steps == 5; });
  CHECK(steps == 5);
}

TEST_CASE("step_is_called_again_at_its_deadline") {
  Loop loop;
  const TimePoint began = loop.now();
  const TimePoint deadline = began + std::chrono::milliseconds(30);
  int steps = 0;
  TimePoint second{};
  loop.run(
      [&](TimePoint now) {
        if (++steps == 2) second = now;
        return deadline;
      },
      [&] { return steps == 2; });
  CHECK(second >= deadline);
  CHECK(second < began + std::chrono::milliseconds(900));
}

TEST_CASE("a_step_whose_deadline_has_passed_is_called_again_at_once") {
  for (const Duration ago : {Duration(0), Duration(std::chrono::milliseconds(5))}) {
    Loop loop;
    const Waker waker(loop);
    // Something to wait for, which ends the test should the loop wait.
    Timer guard(loop, [] {});
    guard.start(std::chrono::seconds(2));
    const TimePoint began = loop.now();
    int steps = 0;
    loop.run([&](TimePoint now) { return ++steps, now - ago; }, [&] { return steps == 2; });
    CHECK(loop.now() - began < std::chrono::seconds(1));
  }
}

TEST_CASE("step_is_called_after_a_second_even_when_it_names_no_deadline") {
  Loop loop;
  int steps = 0;
  loop.run([&](TimePoint) { return ++steps, kNever; }, [&] { return steps == 2; });
  CHECK(steps == 2);
}

TEST_CASE("a_timer_calls_once_and_not_too_early") {
  Loop loop;
  int calls = 0;
  const TimePoint began = loop.now();
  Timer timer(loop, [&] { ++calls; });
  timer.start(std::chrono::milliseconds(20));
  REQUIRE(turn(loop, [&] { return calls > 0; }));
  CHECK(loop.now() - began >= std::chrono::milliseconds(19));
  turn(
      loop, [] { return false; }, std::chrono::milliseconds(50));
  CHECK(calls == 1);
}

TEST_CASE("a_stopped_or_destroyed_timer_does_not_call") {
  Loop loop;
  int calls = 0;
  Timer stopped(loop, [&] { ++calls; });
  stopped.start(std::chrono::milliseconds(5));
  stopped.stop();
  auto gone = std::make_unique<Timer>(loop, [&] { ++calls; });
  gone->start(std::chrono::milliseconds(5));
  gone.reset();
  turn(
      loop, [] { return false; }, std::chrono::milliseconds(40));
  CHECK(calls == 0);
}

TEST_CASE("starting_a_timer_again_moves_it") {
  Loop loop;
  int calls = 0;
  const TimePoint began = loop.now();
  Timer timer(loop, [&] { ++calls; });
  timer.start(std::chrono::milliseconds(1));
  timer.start(std::chrono::milliseconds(60));
  REQUIRE(turn(loop, [&] { return calls > 0; }));
  CHECK(loop.now() - began >= std::chrono::milliseconds(59));
}

TEST_CASE("wake_from_another_thread_ends_a_wait") {
  Loop loop;
  Waker waker(loop);
  std::atomic<bool> woken = false;
  std::thread other([&] {
    woken = true;
    waker.wake();
    waker.wake();
  });
  CHECK(turn(loop, [&] { return woken.load(); }));
  other.join();
}

TEST_CASE("work_runs_on_another_thread_and_done_on_the_loops") {
  Loop loop;
  PoolWork pool(loop);
  const auto here = std::this_thread::get_id();
  std::thread::id worked;
  std::thread::id done;
  bool ended = false;
  pool.run([&] { worked = std::this_thread::get_id(); },
           [&] {
             done = std::this_thread::get_id();
             ended = true;
           });
  CHECK_FALSE(ended);
  REQUIRE(turn(loop, [&] { return ended; }));
  CHECK(worked != here);
  CHECK(done == here);
}

TEST_CASE("the_end_of_a_loop_waits_for_work_that_has_begun") {
  std::atomic<int> done = 0;
  {
    Loop loop;
    PoolWork pool(loop);
    for (int i = 0; i < 20; ++i) pool.run([] {}, [&] { ++done; });
  }
  CHECK(done == 20);
}
