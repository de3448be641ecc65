#include "optimum.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::sim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr double kMegabyte = 1e6;

Path path_of(Duration round_trip) {
  Path path;
  path.round_trip = round_trip;
  path.link_rate = kMegabyte;
  path.target = seconds(20);
  return path;
}

}  // namespace

TEST_CASE("bytes_come_after_ten_round_trips") {
  // 7 to open and 3 to the first byte: 1 s.
  Path path = path_of(milliseconds(100));
  path.flow_rate = 0.1 * kMegabyte;  // less than the first window brings
  CHECK(bytes_after(path, 1, seconds(1)) == 0);
  CHECK(bytes_after(path, 1, seconds(21)) == doctest::Approx(2 * kMegabyte));
  path.open_round_trips = 4;
  CHECK(bytes_after(path, 1, seconds(21)) == doctest::Approx(2.03 * kMegabyte));
}

TEST_CASE("slow_start_costs_what_the_windows_lack") {
  const Path path = path_of(milliseconds(100));
  // Windows of 1, 2, 4 times 14,480 bytes, then 100,000 a round trip.
  CHECK(bytes_after(path, 1, seconds(2)) == doctest::Approx(7 * 14'480 + 7 * 100'000));
}

TEST_CASE("connects_above_four_come_a_tenth_of_a_second_apart") {
  Path path = path_of(milliseconds(10));
  path.flow_rate = 0.05 * kMegabyte;
  // Six flows from 0.1 s on, the fifth from 0.2 and the sixth from 0.3 s.
  CHECK(bytes_after(path, 6, milliseconds(1100)) == doctest::Approx(5.7 * 0.05 * kMegabyte));
}

TEST_CASE("the_fewest_sessions_that_fill_the_link_are_the_best") {
  Path path = path_of(milliseconds(2));
  path.flow_rate = 0.25 * kMegabyte;
  const Optimum best = find_optimum(path);
  CHECK(best.sessions == 4);
  CHECK(best.takes == seconds(20));
  // 20 ms to the first byte.
  CHECK(best.size_bytes == doctest::Approx(19.98 * kMegabyte).epsilon(0.0001));
}

TEST_CASE("the_best_is_not_above_what_the_server_allows") {
  Path path = path_of(milliseconds(2));
  path.flow_rate = 0.25 * kMegabyte;
  path.server_cap = 3;
  const Optimum best = find_optimum(path);
  CHECK(best.sessions == 3);
  CHECK(best.size_bytes == doctest::Approx(14.985 * kMegabyte).epsilon(0.0001));
}

TEST_CASE("overload_and_throttling_are_part_of_it") {
  Path path = path_of(milliseconds(2));
  path.flow_rate = 0.05 * kMegabyte;
  path.overload_from = 3;
  // n flows bring n * (1 - (n - 3) / 20): as many with 11 as with 12, then less.
  CHECK(find_optimum(path).sessions == 11);
  path.overload_from.reset();
  path.flow_rate = 0.1 * kMegabyte;
  path.throttle = Throttle{seconds(10), 0.5, false};
  // Ten fill the link at first, but sixteen bring more when each brings the half.
  const Optimum best = find_optimum(path);
  CHECK(best.sessions == kMaxSessions);
  // Without 20 ms, and without what is lacking while the first ten connect.
  CHECK(best.size_bytes == doctest::Approx((10 + 8 - 0.02 - 0.21) * kMegabyte));
}

TEST_CASE("faults_are_left_out") {
  Path path = path_of(milliseconds(2));
  const Optimum best = find_optimum(path);
  path.stall_chance = 1;
  path.death_chance = 1;
  CHECK(find_optimum(path).size_bytes == best.size_bytes);
}

TEST_CASE("a_seed_draws_the_same_path_and_connections_each_time") {
  for (const uint64_t seed : {1, 2, 3}) {
    const Path path = draw_path(seed);
    CHECK(describe(path) == describe(draw_path(seed)));
    CHECK(draw_connection(path, 5).seed == draw_connection(path, 5).seed);
    CHECK(draw_connection(path, 5).seed != draw_connection(path, 6).seed);
  }
}
