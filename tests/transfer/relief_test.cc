#include "transfer/relief.h"

#include <deque>

#include <doctest/doctest.h>

#include "transfer/dealer.h"

using namespace ftpull;
using namespace ftpull::transfer;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr uint64_t kSegment = 256 * kKiB;
constexpr Duration kOpening = milliseconds(100);

class StubSession final : public Session {
 public:
  StubSession(int number, const bool& path_is_full)
      : number_(number), path_is_full_(path_is_full) {}

  int number() const override { return number_; }
  void open(const std::string&) override {}
  void inspect(const std::string&, bool) override {}
  void fetch(const RangeRequest&, Sink&) override {}
  Duration round_trip() const override { return milliseconds(40); }
  bool path_is_full() const override { return path_is_full_; }
  uint64_t claimed() const override { return at; }
  void cut() override { was_cut = true; }
  void set_end(uint64_t new_end, bool) override { end = new_end; }
  void close() override {}

  uint64_t at = 0;
  uint64_t end = 0;
  bool was_cut = false;

 private:
  const int number_;
  const bool& path_is_full_;
};

/// Sessions that have been at work for three seconds, each at a rate of its own.
struct World {
  /// Fetches [begin, end) and has come to `at`.
  StubSession& add(uint64_t begin, uint64_t at, uint64_t end, double bytes_per_second) {
    StubSession& session =
        sessions.emplace_back(static_cast<int>(sessions.size()) + 1, path_is_full);
    session.at = at;
    session.end = end;
    Worker& worker = workers[&session];
    worker.state = Worker::State::fetching;
    worker.range = {begin, end};
    worker.began = now - seconds(3) - kOpening;
    worker.first_byte = now - seconds(3);
    worker.rate.start(worker.first_byte);
    for (int i = 29; i >= 0; --i) {
      worker.rate.add(static_cast<uint64_t>(bytes_per_second / 10), now - i * milliseconds(100));
    }
    worker.received_bytes = static_cast<uint64_t>(bytes_per_second * 3);
    worker.last_byte = now;
    return session;
  }
  Worker& of(StubSession& session) { return workers.at(&session); }
  int number(Workers::iterator found) const {
    return found == workers.end() ? 0 : found->first->number();
  }
  /// Time passes in which each goes on at its rate.
  void pass(Duration time, const std::vector<double>& rates) {
    const TimePoint until = now + time;
    for (; now < until; now += milliseconds(100)) {
      for (size_t i = 0; i < rates.size(); ++i) {
        const auto bytes = static_cast<uint64_t>(rates[i] / 10);
        of(sessions[i]).rate.add(bytes, now);
        if (bytes > 0) of(sessions[i]).last_byte = now;
      }
    }
  }

  bool path_is_full = false;
  TimePoint now{std::chrono::hours(1)};
  std::deque<StubSession> sessions;
  Workers workers;
};

}  // namespace

TEST_CASE("an_idle_one_takes_a_part_of_what_would_end_last") {
  World world;
  world.add(0, 10 * kMiB, 20 * kMiB, 5.0 * kMiB);
  StubSession& last = world.add(20 * kMiB, 22 * kMiB, 60 * kMiB, 5.0 * kMiB);
  const auto part = find_part(world.workers, 1, kOpening, kSegment, world.now);
  REQUIRE(part);
  CHECK(part->victim->first == &last);
  CHECK(part->at % kSegment == 0);
  const Range given = split(*part->victim, part->at);
  CHECK(given == Range{part->at, 60 * kMiB});
  CHECK(last.end == part->at);
  CHECK(world.of(last).range == Range{20 * kMiB, part->at});
}

TEST_CASE("one_that_has_brought_nothing_for_long_gives_nearly_all_of_its_range") {
  World world;
  world.add(0, 10 * kMiB, 20 * kMiB, 5.0 * kMiB);
  StubSession& silent = world.add(20 * kMiB, 20 * kMiB, 30 * kMiB, 0);
  world.of(silent).received_bytes = 0;
  const auto part = find_part(world.workers, 1, kOpening, kSegment, world.now);
  REQUIRE(part);
  CHECK(part->victim->first == &silent);
  CHECK(part->at <= 20 * kMiB + 4 * kSegment);
}

TEST_CASE("a_range_that_is_wound_up_ends_on_the_next_boundary_if_that_comes_soon") {
  World world;
  StubSession& session = world.add(0, 10 * kMiB + 1, 20 * kMiB, 5.0 * kMiB);
  const auto rest = wind_up(*world.workers.begin(), kOpening, kSegment, world.now);
  REQUIRE(rest);
  CHECK(rest->begin % kSegment == 0);
  CHECK(rest->begin > 10 * kMiB);
  CHECK(rest->begin <= 10 * kMiB + 2 * kSegment);
  CHECK(rest->end == 20 * kMiB);
  CHECK_FALSE(session.was_cut);
  CHECK(world.of(session).cut);
}

TEST_CASE("a_range_that_is_wound_up_is_cut_where_the_boundary_is_far") {
  World world;
  StubSession& slow = world.add(0, 10 * kMiB + 1, 20 * kMiB, 10.0 * kKiB);
  CHECK_FALSE(wind_up(*world.workers.begin(), kOpening, kSegment, world.now));
  CHECK(slow.was_cut);
  CHECK(slow.end == 20 * kMiB);
}

TEST_CASE("one_that_was_to_end_soon_and_stands_still_is_cut") {
  World world;
  StubSession& session = world.add(0, 10 * kMiB + 1, 20 * kMiB, 5.0 * kMiB);
  REQUIRE(wind_up(*world.workers.begin(), kOpening, kSegment, world.now));
  cut_stalled(world.workers, kOpening, world.now + seconds(1));
  CHECK_FALSE(session.was_cut);
  cut_stalled(world.workers, kOpening, world.now + seconds(2));
  CHECK(session.was_cut);
}

TEST_CASE("the_dealer_cuts_one_that_was_to_end_soon_and_stands_still_although_others_wait") {
  World world;
  Dealer dealer;
  dealer.set_segment_bytes(kSegment);
  StubSession& session = world.add(0, 10 * kMiB + 1, 20 * kMiB, 5.0 * kMiB);
  dealer.end_slowest(world.workers, world.now);
  REQUIRE_FALSE(session.was_cut);
  dealer.relieve(world.workers, true, world.now + seconds(2));
  CHECK(session.was_cut);
}

TEST_CASE("what_another_would_bring_in_half_the_time_is_handed_over") {
  World world;
  world.add(0, 20 * kMiB, 20 * kMiB, 5.0 * kMiB);
  StubSession& slow = world.add(20 * kMiB, 24 * kMiB, 25 * kMiB, 0.1 * kMiB);
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 2);
  world.of(slow).cut = true;
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 0);
  World even;
  even.add(0, 20 * kMiB, 20 * kMiB, 5.0 * kMiB);
  even.add(20 * kMiB, 24 * kMiB, 25 * kMiB, 3.0 * kMiB);
  CHECK(even.number(find_hand_over(even.workers, kOpening, 0, even.now)) == 0);
}

TEST_CASE("the_last_one_is_compared_with_those_that_have_ended") {
  World world;
  world.add(20 * kMiB, 24 * kMiB, 25 * kMiB, 0.1 * kMiB);
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 0);
  CHECK(world.number(find_hand_over(world.workers, kOpening, 5.0 * kMiB, world.now)) == 1);
}

TEST_CASE("who_stands_still_is_relieved_although_nothing_is_known_of_the_others") {
  World world;
  StubSession& still = world.add(20 * kMiB, 24 * kMiB, 25 * kMiB, 5.0 * kMiB);
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 0);
  world.pass(seconds(2), {0});
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 1);
  world.of(still).leaving = true;
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 0);
}

TEST_CASE("who_does_not_begin_is_relieved_once") {
  World world;
  StubSession& session = world.add(20 * kMiB, 20 * kMiB, 25 * kMiB, 0);
  Worker& worker = world.of(session);
  worker.received_bytes = 0;
  worker.last_byte = {};
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 1);
  worker.began = world.now - seconds(1);
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 0);
  worker.began = world.now - seconds(3);
  worker.failures = 1;
  CHECK(world.number(find_hand_over(world.workers, kOpening, 0, world.now)) == 0);
}

TEST_CASE("a_connection_that_is_far_slower_than_the_others_is_renewed") {
  World world;
  world.add(0, 1 * kMiB, 50 * kMiB, 5.0 * kMiB);
  world.add(50 * kMiB, 51 * kMiB, 100 * kMiB, 5.0 * kMiB);
  world.add(100 * kMiB, 101 * kMiB, 150 * kMiB, 1.0 * kMiB);
  Renewals renewals;
  CHECK(world.number(renewals.find(world.workers, kOpening, world.now)) == 3);
  world.path_is_full = true;
  CHECK(world.number(renewals.find(world.workers, kOpening, world.now)) == 0);
}

TEST_CASE("a_connection_that_stands_still_is_renewed_on_a_full_path_too") {
  World world;
  world.path_is_full = true;
  world.add(0, 1 * kMiB, 50 * kMiB, 5.0 * kMiB);
  world.add(50 * kMiB, 51 * kMiB, 100 * kMiB, 5.0 * kMiB);
  world.pass(seconds(2), {5.0 * kMiB, 0});
  Renewals renewals;
  CHECK(world.number(renewals.find(world.workers, kOpening, world.now)) == 2);
  world.pass(seconds(2), {0, 0});
  CHECK(world.number(renewals.find(world.workers, kOpening, world.now)) == 0);  // nothing moves
}

TEST_CASE("little_that_is_left_is_not_worth_a_new_connection") {
  for (const uint64_t left : {400 * kKiB, 40 * kMiB}) {
    World world;
    world.add(0, 10 * kMiB, 10 * kMiB + left, 5.0 * kMiB);
    world.add(50 * kMiB, 60 * kMiB, 60 * kMiB + left, 5.0 * kMiB);
    world.add(100 * kMiB, 110 * kMiB, 110 * kMiB + left, 3.0 * kMiB);
    Renewals renewals;
    const size_t found = world.number(renewals.find(world.workers, kOpening, world.now));
    CHECK(found == (left > kMiB ? 3 : 0));
  }
}

/// How often one of seven is renewed, three of which are slow, when the first renewal has this
/// effect and no other has any.
int count_renewals(double first_effect) {
  World world;
  std::vector<double> rates{5.0 * kMiB, 5.0 * kMiB, 1.0 * kMiB, 1.0 * kMiB,
                            1.0 * kMiB, 5.0 * kMiB, 5.0 * kMiB};
  uint64_t begin = 0;
  for (const double rate : rates) {
    world.add(begin, begin, begin + 500 * kMiB, rate);
    begin += 500 * kMiB;
  }
  Renewals renewals;
  int renewed = 0;
  for (int i = 0; i < 20; ++i) {
    const auto slow = renewals.find(world.workers, kOpening, world.now);
    if (slow == world.workers.end()) break;
    renewals.begin(slow->second, world.now);
    if (++renewed == 1) rates[world.number(slow) - 1] *= first_effect;
    world.pass(seconds(2), rates);
  }
  return renewed;
}

TEST_CASE("renewals_that_do_not_help_come_to_an_end") {
  CHECK(count_renewals(1) == 3);
}

TEST_CASE("where_a_renewal_has_helped_others_are_tried_more_than_once") {
  const int renewed = count_renewals(5);
  CHECK(renewed > 3);
  CHECK(renewed < 10);
}

TEST_CASE("the_dealer_gives_what_waits_first_and_then_parts_of_others") {
  World world;
  Dealer dealer;
  dealer.set_segment_bytes(kSegment);
  dealer.add({{0, 64 * kMiB}});
  const auto first = dealer.deal(world.workers, 4, 4, world.now);
  REQUIRE(first);
  CHECK(first->range == Range{0, 16 * kMiB});
  CHECK_FALSE(dealer.nothing_waits());
  const auto rest = dealer.deal_all(world.now);
  REQUIRE(rest);
  CHECK(rest->range == Range{16 * kMiB, 64 * kMiB});
  CHECK(dealer.nothing_waits());
  CHECK_FALSE(dealer.deal(world.workers, 1, 1, world.now));
  world.add(16 * kMiB, 18 * kMiB, 64 * kMiB, 5.0 * kMiB);
  const auto part = dealer.deal(world.workers, 1, 1, world.now);
  REQUIRE(part);
  CHECK(part->range.end == 64 * kMiB);
  CHECK(part->range.begin > 30 * kMiB);
}

TEST_CASE("one_that_is_nearly_done_goes_on_with_what_waits_behind_it") {
  World world;
  Dealer dealer;
  dealer.set_segment_bytes(kSegment);
  StubSession& nearly = world.add(0, 19 * kMiB, 20 * kMiB, 5.0 * kMiB);
  StubSession& busy = world.add(40 * kMiB, 41 * kMiB, 60 * kMiB, 5.0 * kMiB);
  dealer.add({{20 * kMiB, 30 * kMiB}});
  dealer.extend(
      world.workers, [](uint64_t) { return false; }, world.now);
  CHECK(nearly.end == 25 * kMiB);
  CHECK(world.of(nearly).range.end == 25 * kMiB);
  CHECK(busy.end == 60 * kMiB);
}

TEST_CASE("nobody_is_relieved_while_something_waits_or_another_is_being_cut") {
  World world;
  Dealer dealer;
  dealer.set_segment_bytes(kSegment);
  world.add(0, 20 * kMiB, 20 * kMiB, 5.0 * kMiB);
  StubSession& slow = world.add(20 * kMiB, 24 * kMiB, 25 * kMiB, 0.1 * kMiB);
  dealer.add({{30 * kMiB, 31 * kMiB}});
  dealer.relieve(world.workers, true, world.now);
  CHECK_FALSE(world.of(slow).cut);
  REQUIRE(dealer.deal_all(world.now));
  dealer.relieve(world.workers, true, world.now);
  CHECK(world.of(slow).cut);
  StubSession& other = world.add(40 * kMiB, 41 * kMiB, 45 * kMiB, 0.1 * kMiB);
  dealer.relieve(world.workers, true, world.now);
  CHECK_FALSE(world.of(other).cut);
}
