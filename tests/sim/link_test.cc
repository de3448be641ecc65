#include "link.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::sim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr double kMegabyte = 1e6;

/// A megabyte a second, round trips that take no time worth mentioning, and nothing wrong.
Path short_path() {
  Path path;
  path.round_trip = milliseconds(1);
  path.link_rate = kMegabyte;
  return path;
}

Connection capped(double rate) {
  Connection connection;
  connection.rate = rate;
  return connection;
}

}  // namespace

TEST_CASE("shares_are_max_min_fair") {
  std::vector<double> wanted{1, 8, 3, 9};
  share_out(wanted, 12);
  CHECK(wanted == std::vector<double>{1, 4, 3, 4});

  wanted = {kUnlimited, kUnlimited};
  share_out(wanted, 5);
  CHECK(wanted == std::vector<double>{2.5, 2.5});

  wanted = {1, 2};
  share_out(wanted, 100);
  CHECK(wanted == std::vector<double>{1, 2});
}

TEST_CASE("what_one_flow_leaves_the_others_get") {
  const Path path = short_path();
  Link link(path);
  const auto slow = link.add(capped(0.1 * kMegabyte), kUnlimited);
  const auto fast = link.add(capped(kUnlimited), kUnlimited);
  link.advance(seconds(10));
  CHECK(link.rate(slow) == doctest::Approx(0.1 * kMegabyte));
  CHECK(link.received(fast) == doctest::Approx(9 * kMegabyte).epsilon(0.001));
}

TEST_CASE("slow_start_doubles_each_round_trip_up_to_the_share") {
  Path path = short_path();
  path.round_trip = milliseconds(100);
  Link link(path);
  const auto id = link.add(capped(kUnlimited), kUnlimited);
  for (const double windows : {1, 2, 4}) {
    CHECK(link.rate(id) == doctest::Approx(windows * kFirstWindowBytes * 10));
    link.advance(link.now() + path.round_trip);
  }
  CHECK(link.received(id) == doctest::Approx(7 * kFirstWindowBytes));
  CHECK(link.rate(id) == kMegabyte);  // and not 1.16
}

TEST_CASE("a_flow_that_ends_leaves_its_share_at_that_moment") {
  const Path path = short_path();
  Link link(path);
  const auto one = link.add(capped(kUnlimited), kMegabyte);
  const auto other = link.add(capped(kUnlimited), kUnlimited);
  link.advance(seconds(3));
  CHECK(link.complete(one));
  // Two seconds at the half, one at the whole.
  CHECK(link.received(other) == doctest::Approx(2 * kMegabyte));
}

TEST_CASE("loss_makes_a_sawtooth_around_the_formula") {
  Path path = short_path();
  path.round_trip = milliseconds(100);
  path.loss = 1e-3;
  path.link_rate = 100 * kMegabyte;
  // 1.2 * 1448 / (0.1 * sqrt(0.001))
  CHECK(loss_rate(path) == doctest::Approx(549'473).epsilon(0.001));
  Link link(path);
  const auto id = link.add({.seed = 7}, kUnlimited);
  double least = kUnlimited;
  double most = 0;
  for (int i = 1; i <= 6000; ++i) {
    link.advance(i * kStep);
    if (i < 20) continue;  // slow start
    least = std::min(least, link.rate(id));
    most = std::max(most, link.rate(id));
  }
  CHECK(link.received(id) / 600 == doctest::Approx(loss_rate(path)).epsilon(0.05));
  CHECK(least < 0.7 * loss_rate(path));
  CHECK(most > 1.3 * loss_rate(path));
}

TEST_CASE("a_stalled_flow_brings_nothing_and_goes_on") {
  const Path path = short_path();
  Connection connection = capped(kUnlimited);
  connection.stall = Stall{seconds(2), seconds(3)};
  Link with_faults(path);
  const auto id = with_faults.add(connection, kUnlimited);
  with_faults.advance(seconds(4));
  CHECK(with_faults.rate(id) == 0);
  with_faults.advance(seconds(6));
  CHECK(with_faults.received(id) == doctest::Approx(3 * kMegabyte).epsilon(0.001));
  Link without(path, false);
  without.add(connection, kUnlimited);
  without.advance(seconds(6));
  CHECK(without.total_received() == doctest::Approx(6 * kMegabyte).epsilon(0.001));
}

TEST_CASE("a_throttled_host_gives_less_in_total_or_to_each_flow") {
  for (const bool total : {true, false}) {
    Path path = short_path();
    path.throttle = Throttle{seconds(10), 0.5, total};
    Link link(path);
    // The half of a flow's own cap is still more than its share.
    for (int i = 0; i < 2; ++i) link.add(capped(1.5 * kMegabyte), kUnlimited);
    link.advance(seconds(20));
    CHECK(link.total_received() == doctest::Approx((total ? 15 : 20) * kMegabyte).epsilon(0.001));
  }
}

TEST_CASE("flows_above_the_overload_take_from_all") {
  Path path = short_path();
  path.overload_from = 2;
  Link link(path);
  for (int i = 0; i < 4; ++i) link.add(capped(0.1 * kMegabyte), kUnlimited);
  link.advance(seconds(10));
  CHECK(link.total_received() == doctest::Approx(0.9 * 4 * kMegabyte).epsilon(0.001));
}

TEST_CASE("what_is_in_flight_when_a_flow_is_cut_is_wasted_and_takes_its_share") {
  const Path path = short_path();
  Link link(path);
  const auto cut = link.add(capped(kUnlimited), kUnlimited);
  const auto other = link.add(capped(kUnlimited), kUnlimited);
  link.advance(seconds(1));
  link.abandon(cut, 0.2);
  link.advance(seconds(2));
  CHECK(link.wasted() == doctest::Approx(0.1 * kMegabyte));
  CHECK(link.received(other) == doctest::Approx(1.4 * kMegabyte).epsilon(0.001));
  CHECK(link.flows() == 1);
}

TEST_CASE("the_next_change_is_when_the_last_byte_comes") {
  const Path path = short_path();
  Link link(path);
  link.add(capped(0.5 * kMegabyte), 0.5 * kMegabyte);
  link.advance(milliseconds(500));
  CHECK(to_seconds(link.next_change()) == doctest::Approx(1));
}
