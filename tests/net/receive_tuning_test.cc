#include "net/receive_tuning.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "core/unique_fd.h"

using namespace ftpull;
using namespace ftpull::net;
using std::chrono::milliseconds;

namespace {

constexpr size_t kBufferBytes = 256 * 1024;
constexpr uint64_t kFarAway = UINT64_MAX;
constexpr Duration kLongPath = milliseconds(80);

int low_water_of(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  REQUIRE(getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, &length) == 0);
  return value;
}

struct World {
  UniqueFd fd{socket(AF_INET, SOCK_STREAM, 0)};
  LowWaterMark mark{kBufferBytes, kLongPath};
  ReceiveRate rate{milliseconds(10)};
  TimePoint now{std::chrono::seconds(50)};

  /// Bytes come at this rate, in bursts.
  void receive(uint64_t bytes_per_second) {
    for (int ms = 0; ms < 200; ms += 10) {
      rate.note(bytes_per_second / 100 - 1000, now);
      rate.note(1000, now + std::chrono::microseconds(50));
      now += milliseconds(10);
    }
  }
  int applied(uint64_t left) {
    mark.apply(fd.get(), left, rate.bytes_per_second());
    return low_water_of(fd.get());
  }
};

}  // namespace

TEST_CASE("at_first_each_byte_is_a_sign") {
  World world;
  CHECK(world.applied(kFarAway) == 1);
}

TEST_CASE("a_fast_connection_wakes_us_for_much_at_a_time") {
  World world;
  world.receive(40'000'000);
  CHECK(world.applied(kFarAway) > 150'000);
  CHECK(world.applied(kFarAway) < 250'000);
  World faster;
  faster.receive(4'000'000'000);
  CHECK(faster.applied(kFarAway) == static_cast<int>(kBufferBytes));
}

TEST_CASE("a_slow_one_is_read_at_once") {
  World world;
  world.receive(500'000);
  CHECK(world.applied(kFarAway) == 1);
}

TEST_CASE("no_more_waits_unread_than_a_part_of_what_is_under_way") {
  World world;
  world.mark = LowWaterMark(kBufferBytes, milliseconds(8));
  world.receive(40'000'000);
  CHECK(world.applied(kFarAway) > 30'000);
  CHECK(world.applied(kFarAway) <= 41'000);
  World beside;
  beside.mark = LowWaterMark(kBufferBytes, std::chrono::microseconds(50));
  beside.receive(400'000'000);
  CHECK(beside.applied(kFarAway) == 1);
}

TEST_CASE("near_the_end_no_more_is_waited_for_than_comes") {
  World world;
  world.receive(4'000'000'000);
  CHECK(world.applied(1'000'000) <= 1'000'000 / 8);
  CHECK(world.applied(20'000) == 1);
}

TEST_CASE("after_a_reset_each_byte_is_a_sign") {
  World world;
  world.receive(400'000'000);
  CHECK(world.applied(kFarAway) > 1);
  world.mark.reset(world.fd.get());
  CHECK(low_water_of(world.fd.get()) == 1);
  CHECK(world.mark.bytes() == 1);
}

TEST_CASE("the_window_holds_three_round_trips_of_the_fastest_that_was_seen") {
  World world;
  for (int i = 0; i < 5; ++i) world.receive(5'000'000);
  const uint64_t limit = window_limit(world.rate, milliseconds(80), world.now);
  CHECK(limit > 1'100'000);
  CHECK(limit < 1'500'000);
  for (int i = 0; i < 5; ++i) world.receive(500'000);
  CHECK(window_limit(world.rate, milliseconds(80), world.now) == limit);
}

TEST_CASE("the_window_is_not_limited_in_slow_start_nor_on_an_unknown_path") {
  World world;
  world.receive(5'000'000);
  CHECK(window_limit(world.rate, milliseconds(80), world.now) == kClampFrom);
  CHECK(window_limit(world.rate, milliseconds(10), world.now) < kClampFrom);
  CHECK(window_limit(world.rate, Duration(0), world.now) == kClampFrom);
}

TEST_CASE("a_window_is_never_too_small_to_get_going_nor_larger_than_any") {
  World slow;
  slow.receive(100'000);
  CHECK(window_limit(slow.rate, milliseconds(10), slow.now) == 256 * 1024);
  World fast;
  fast.receive(4'000'000'000);
  CHECK(window_limit(fast.rate, milliseconds(1), fast.now) == kClampFrom);
}
