#include "net/receive_tuning.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "net/unique_fd.h"

using namespace ftpull;
using namespace ftpull::net;
using std::chrono::milliseconds;

namespace {

constexpr size_t kBufferBytes = 256 * 1024;
constexpr uint64_t kFarAway = UINT64_MAX;

int low_water_of(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  REQUIRE(getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, &length) == 0);
  return value;
}

struct World {
  UniqueFd fd{socket(AF_INET, SOCK_STREAM, 0)};
  LowWaterMark mark{kBufferBytes};
  TimePoint now{std::chrono::seconds(50)};

  /// Bytes come at this rate, in bursts.
  void receive(uint64_t bytes_per_second) {
    for (int ms = 0; ms < 200; ms += 10) {
      mark.note(bytes_per_second / 100 - 1000, now);
      mark.note(1000, now + std::chrono::microseconds(50));
      now += milliseconds(10);
    }
  }
  int applied(uint64_t left) {
    mark.apply(fd.get(), left);
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
  world.receive(5'000'000);
  CHECK(world.applied(kFarAway) == 1);
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
  CHECK(world.mark.apply(world.fd.get(), kFarAway));
  world.mark.reset(world.fd.get());
  CHECK(low_water_of(world.fd.get()) == 1);
  CHECK(world.mark.bytes() == 1);
}
