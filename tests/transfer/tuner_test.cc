#include "transfer/tuner.h"

#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;
using std::chrono::milliseconds;

namespace {

constexpr double kMiB = 1024 * 1024;

/// A path on which sessions open one after the other and bring what `rate` says of so many.
struct Path {
  std::function<double(int sessions, double seconds)> rate;
  Tuner::Options options = {};
  Duration round_trip = milliseconds(40);
  double noise = 0;
  bool demand = true;
  int fills_it = 1000;  // with so many connects wait in a queue
  double left_seconds = 1e6;

  struct Moment {
    double seconds;
    int moving;
  };
  std::vector<Moment> moments = {};
  int most_moving = 0;

  Tuner run(double seconds, uint64_t seed = 1) {
    constexpr Duration kTick = milliseconds(10);
    constexpr Duration kPace = milliseconds(100);
    Tuner tuner(options);
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(1, noise);
    std::vector<TimePoint> moving;  // since when, each
    const TimePoint began{std::chrono::hours(1)};
    TimePoint next_open = began;
    double factor = 1;
    for (TimePoint now = began; now < began + from_seconds(seconds); now += kTick) {
      const auto wanted = static_cast<size_t>(tuner.wanted());
      if (moving.size() > wanted) moving.resize(wanted);
      const bool first_ones = moving.size() < Tuner::kFirst;
      if (moving.size() < wanted && (first_ones || now >= next_open)) {
        moving.push_back(now);
        next_open = now + kPace;
      }
      Tuner::Load load;
      load.moving = static_cast<int>(moving.size());
      for (const TimePoint since : moving) {
        if (now - since >= Tuner::kRipeRoundTrips * round_trip) ++load.ripe;
      }
      load.demand = demand;
      load.lent = load.moving;
      load.path_is_full = load.moving > fills_it;
      load.enough = std::min(load.moving, fills_it);
      load.left = from_seconds(left_seconds);
      load.round_trip = round_trip;
      const double passed = to_seconds(now - began);
      if ((now - began) % milliseconds(50) == Duration(0)) factor = std::max(normal(random), 0.1);
      const double bytes = rate(load.moving, passed) * to_seconds(kTick) * factor;
      tuner.add(static_cast<uint64_t>(bytes));
      tuner.step(load, now);
      moments.push_back({passed, load.moving});
      most_moving = std::max(most_moving, load.moving);
    }
    return tuner;
  }

  int last_moving() const { return moments.back().moving; }
};

double each(int sessions, double) {
  return sessions * 5 * kMiB;
}
double shared(int, double) {
  return 50 * kMiB;
}
double ten_fill_it(int sessions, double) {
  return std::min(sessions, 10) * 5 * kMiB;
}
/// Six do best, and each one beyond takes a twentieth away.
double overloaded(int sessions, double) {
  return std::min(sessions, 6) * 5 * kMiB * std::pow(0.95, std::max(sessions - 6, 0));
}

}  // namespace

TEST_CASE("where_each_session_is_limited_by_itself_all_that_are_allowed_are_opened") {
  Path path{each};
  const Tuner tuner = path.run(3);
  CHECK(path.last_moving() == 16);
  CHECK(tuner.found() == 16);
  Path narrow{each, {6, {}, {}}};
  CHECK(narrow.run(3).found() == 6);
  CHECK(narrow.most_moving == 6);
}

TEST_CASE("it_does_not_wait_for_proof_to_open_more") {
  Path path{each};
  path.run(1.3);
  CHECK(path.last_moving() >= 15);
}

TEST_CASE("where_all_share_one_bottleneck_it_ends_with_few") {
  Path path{shared};
  const Tuner tuner = path.run(6);
  CHECK(path.last_moving() <= 4);
  CHECK(tuner.found().value_or(99) <= 4);
}

TEST_CASE("when_ten_fill_the_path_about_ten_are_kept") {
  Path path{ten_fill_it};
  path.run(8);
  CHECK(path.last_moving() >= 10);
  CHECK(path.last_moving() <= 13);
}

TEST_CASE("when_more_bring_less_it_goes_back") {
  Path path{overloaded};
  path.run(8);
  CHECK(path.last_moving() >= 5);
  CHECK(path.last_moving() <= 8);
}

TEST_CASE("noise_does_not_stop_it_early") {
  int low = 0;
  constexpr int kSeeds = 200;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Path path{each, {}, milliseconds(80), 0.2};
    low += path.run(10, seed).found().value_or(0) < 14 ? 1 : 0;
  }
  CHECK(low <= kSeeds / 20);
}

TEST_CASE("a_path_that_changes_is_looked_at_again") {
  Path path{[](int sessions, double seconds) {
    return seconds < 5 ? shared(sessions, 0) : each(sessions, 0);
  }};
  path.run(40);
  CHECK(path.last_moving() >= 12);
  Path other{
      [](int sessions, double seconds) { return seconds < 5 ? each(sessions, 0) : 10 * kMiB; }};
  other.run(60);
  CHECK(other.last_moving() <= 8);
}

TEST_CASE("what_an_earlier_run_found_is_where_it_begins") {
  Path path{ten_fill_it, {16, {}, 10}};
  const Tuner tuner = path.run(0.5);
  CHECK(path.most_moving <= 10);
  CHECK(tuner.wanted() == 10);
  CHECK_FALSE(tuner.found());
}

TEST_CASE("a_given_number_is_kept_whatever_it_brings") {
  Path path{overloaded, {64, 12, {}}};
  const Tuner tuner = path.run(30);
  CHECK(path.last_moving() == 12);
  CHECK_FALSE(tuner.found());
}

TEST_CASE("without_work_for_all_of_them_nothing_is_learned") {
  Path path{shared};
  path.demand = false;
  CHECK_FALSE(path.run(10).found());
}

TEST_CASE("it_never_wants_more_than_the_server_allows") {
  Tuner tuner({16, {}, {}});
  tuner.set_limit(3);
  CHECK(tuner.wanted() == 3);
  tuner.set_limit(0);
  CHECK(tuner.wanted() == 1);
  Tuner given({64, 40, {}});
  given.set_limit(5);
  CHECK(given.wanted() == 5);
}

TEST_CASE("trials_cost_little_on_a_long_path_that_stays_as_it_is") {
  Path path{each};
  path.run(120);
  double got = 0;
  for (const Path::Moment& moment : path.moments) {
    if (moment.seconds > 3) got += moment.moving;
  }
  const double all = 16.0 * static_cast<double>(path.moments.size()) * 117 / 120;
  CHECK(got / all > 0.985);
}

TEST_CASE("it_stops_growing_when_the_path_is_full") {
  Path path{ten_fill_it};
  path.fills_it = 10;
  path.left_seconds = 5;
  const Tuner tuner = path.run(3);
  CHECK(path.most_moving == 11);
  CHECK(tuner.found() == 10);
}

TEST_CASE("nothing_is_tried_when_little_is_left") {
  Path path{overloaded, {16, {}, 12}};
  path.left_seconds = 5;
  path.run(30);
  CHECK(path.last_moving() == 12);
  Path longer{overloaded, {16, {}, 12}};
  longer.left_seconds = 500;
  longer.run(30);
  CHECK(longer.last_moving() < 12);
}

TEST_CASE("on_a_path_that_is_full_fewer_are_tried_soon") {
  Path path{shared};
  path.fills_it = 1;
  path.run(8);
  CHECK(path.most_moving <= Tuner::kFirst + 1);
  CHECK(path.last_moving() <= 2);
}
