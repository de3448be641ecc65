#include "transfer/connect_times.h"

#include <doctest/doctest.h>

#include "transfer/slow_start.h"

using namespace ftpull;
using namespace ftpull::transfer;
using std::chrono::milliseconds;

namespace {

const TimePoint kBegin{std::chrono::hours(1)};

ConnectTimes after(std::initializer_list<int> ms) {
  ConnectTimes times;
  int at_ms = -static_cast<int>(ms.size()) * 300;
  for (const int took : ms) times.add(milliseconds(took), kBegin + milliseconds(at_ms += 300));
  return times;
}

}  // namespace

TEST_CASE("a_path_is_full_when_connects_in_a_row_wait_longer_than_the_first") {
  CHECK_FALSE(after({}).path_is_full(kBegin));
  CHECK_FALSE(after({40, 40}).path_is_full(kBegin));
  CHECK(after({40, 60, 60}).path_is_full(kBegin));
  CHECK_FALSE(after({40, 60, 41}).path_is_full(kBegin));
  CHECK_FALSE(after({40, 41, 60}).path_is_full(kBegin));
}

TEST_CASE("some_milliseconds_are_no_queue") {
  CHECK_FALSE(after({1, 9, 9}).path_is_full(kBegin));
  CHECK(after({1, 12, 12}).path_is_full(kBegin));
  CHECK_FALSE(after({200, 240, 240}).path_is_full(kBegin));
}

TEST_CASE("a_packet_that_was_lost_says_nothing_of_the_queue") {
  CHECK_FALSE(after({40, 1040, 1040}).path_is_full(kBegin));
  CHECK(after({40, 60, 1040, 60}).path_is_full(kBegin));
}

TEST_CASE("what_connects_said_some_seconds_ago_holds_no_more") {
  const ConnectTimes times = after({40, 60, 60});
  CHECK(times.path_is_full(kBegin + milliseconds(1'600)));
  CHECK_FALSE(times.path_is_full(kBegin + milliseconds(2'100)));
}

TEST_CASE("what_happens_at_one_moment_is_one_sign") {
  ConnectTimes times = after({40});
  times.add(milliseconds(60), kBegin + milliseconds(100));
  times.add(milliseconds(60), kBegin + milliseconds(101));
  CHECK_FALSE(times.path_is_full(kBegin + milliseconds(102)));
  times.add(milliseconds(60), kBegin + milliseconds(200));
  CHECK(times.path_is_full(kBegin + milliseconds(200)));
}

TEST_CASE("slow_start_costs_a_round_trip_for_each_doubling_but_the_last") {
  const Duration round_trip = milliseconds(100);
  CHECK(slow_start_seconds(100'000, round_trip) == 0);
  CHECK(slow_start_seconds(144'800 * 2, round_trip) == doctest::Approx(0));
  CHECK(slow_start_seconds(144'800 * 8, round_trip) == doctest::Approx(0.2));
  CHECK(slow_start_seconds(1e9, Duration(0)) == 0);
}
