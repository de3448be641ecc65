#include "transfer/picker.h"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;

namespace {

constexpr uint64_t kSegment = 10;

/// A picture of active ranges, one character a segment: a letter is a range, upper case what is
/// claimed of it. "AAaaa-Bbbb": A has two of five segments, then one is nobody's.
std::vector<ActiveRange> ranges_in(const std::string& picture, std::vector<double> rates) {
  std::vector<ActiveRange> ranges;
  for (char letter = 'a'; letter < static_cast<char>('a' + rates.size()); ++letter) {
    const size_t claimed = picture.find_first_of(std::string{letter});
    const size_t last = picture.find_last_of(letter);
    REQUIRE(last != std::string::npos);
    ranges.push_back(
        {claimed * kSegment, (last + 1) * kSegment, rates[static_cast<size_t>(letter - 'a')], 0});
  }
  return ranges;
}

/// The picture after a split: what was given away is 'x'.
std::string split(std::string picture, std::vector<double> rates, double own_rate,
                  double delay_seconds = 0, int joining = 1) {
  const auto ranges = ranges_in(picture, std::move(rates));
  const auto choice = choose_split(ranges, {joining, own_rate, delay_seconds}, kSegment);
  if (!choice) return "none";
  const ActiveRange& victim = ranges[choice->victim];
  CHECK(choice->at % kSegment == 0);
  for (uint64_t at = choice->at; at < victim.end; at += kSegment) picture[at / kSegment] = 'x';
  return picture;
}

}  // namespace

TEST_CASE("an_even_share_is_whole_segments") {
  CHECK(even_share(100, 4, 10) == 30);
  CHECK(even_share(120, 4, 10) == 30);
  CHECK(even_share(121, 4, 10) == 40);
  CHECK(even_share(1, 4, 10) == 10);
  CHECK(even_share(0, 4, 10) == 10);
  CHECK(even_share(95, 1, 10) == 100);
  CHECK(even_share(95, 0, 10) == 100);
}

TEST_CASE("the_first_part_ends_on_a_segment_boundary") {
  CHECK(first_part({0, 100}, 30, 10) == Range{0, 30});
  CHECK(first_part({5, 100}, 30, 10) == Range{5, 40});  // the rest of a segment counts extra
  CHECK(first_part({70, 95}, 30, 10) == Range{70, 95});
  CHECK(first_part({5, 36}, 30, 10) == Range{5, 36});
}

TEST_CASE("a_split_shares_what_is_left_by_the_two_rates") {
  CHECK(split("AAaaaaaaaa", {10}, 10) == "AAaaaaxxxx");
  CHECK(split("aaaaaaaaaa", {10}, 40) == "aaxxxxxxxx");
  CHECK(split("aaaaaaaaaa", {40}, 10) == "aaaaaaaaxx");
}

TEST_CASE("without_a_rate_of_its_own_a_session_is_taken_to_be_as_fast") {
  CHECK(split("aaaaaaaaaa", {10}, 0) == "aaaaaxxxxx");
}

TEST_CASE("the_range_that_would_end_last_is_split") {
  CHECK(split("aaaaaaBBbbbb", {10, 10}, 10) == "aaaxxxBBbbbb");
  CHECK(split("aaaaaaBBbbbb", {10, 1}, 1) == "aaaaaaBBbbbx");  // the rest is for the first one
}

TEST_CASE("no_more_is_taken_than_can_be_brought_until_all_are_done") {
  const std::string two = "aaaaaaaaaaaaBBbbbbbbbbbbbb";
  CHECK(split(two, {10, 10}, 10, 0, 1) == "aaaaaaaaxxxxBBbbbbbbbbbbbb");
  CHECK(split(two, {10, 10}, 10, 0, 2) == "aaaaaaxxxxxxBBbbbbbbbbbbbb");
  CHECK(split(two, {10, 10}, 10, 0, 6) == "aaaaaaaaaxxxBBbbbbbbbbbbbb");
  // With two seconds until it brings something the tenth is not worth it.
  CHECK(split(two, {10, 10}, 10, 2, 10) == split(two, {10, 10}, 10, 2, 9));
  CHECK(split(two, {10, 10}, 10, 2, 9) != split(two, {10, 10}, 10, 2, 5));
}

TEST_CASE("nearly_everything_is_taken_from_a_range_that_stands_still") {
  CHECK(split("aaaaaaaaaa", {0}, 1000) == "axxxxxxxxx");
}

TEST_CASE("one_that_has_just_begun_counts_as_late") {
  std::vector<ActiveRange> ranges{{0, 100, 10, 0}, {100, 200, 10, 4}};
  const auto choice = choose_split(ranges, {1, 10, 0}, kSegment);
  REQUIRE(choice);
  CHECK(choice->victim == 1);
  ranges[1].delay_seconds = 0;
  CHECK(choose_split(ranges, {1, 10, 0}, kSegment)->victim == 0);
}

TEST_CASE("what_opening_costs_is_left_to_the_one_who_works_already") {
  CHECK(split("aaaaaaaaaaaaaaaaaaaa", {10}, 10, 4) == "aaaaaaaaaaaaxxxxxxxx");
}

TEST_CASE("nothing_is_split_that_gains_nothing") {
  CHECK(split("aaaa", {10}, 10, 3) == "none");
  CHECK(split("a", {1}, 100) == "none");
  CHECK(split("aa", {1000}, 1000, 1) == "none");
  CHECK_FALSE(choose_split({}, {1, 10, 0}, kSegment));
  const ActiveRange claimed{50, 50, 10};
  CHECK_FALSE(choose_split(std::span(&claimed, 1), {1, 10, 0}, kSegment));
}

TEST_CASE("every_split_is_on_a_boundary_leaves_two_parts_and_gains_time") {
  constexpr uint64_t kSeeds = 20'000;
  int splits = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const auto number = [&](uint64_t below) { return random() % below; };
    std::vector<ActiveRange> active(1 + number(5));
    for (ActiveRange& range : active) {
      range.claimed = number(10'000);
      range.end = range.claimed + number(2'000);
      range.bytes_per_second = number(4) == 0 ? 0 : static_cast<double>(1 + number(500));
      range.delay_seconds = number(2) == 0 ? 0 : static_cast<double>(number(2'000)) / 1e3;
    }
    const double own = number(4) == 0 ? 0 : static_cast<double>(1 + number(500));
    const double delay = static_cast<double>(number(3'000)) / 1e3;
    const uint64_t segment = uint64_t{1} << number(8);
    const int joining = 1 + static_cast<int>(number(8));
    const auto choice = choose_split(active, {joining, own, delay}, segment);
    if (!choice) continue;
    ++splits;
    const ActiveRange& victim = active[choice->victim];
    CHECK(choice->at % segment == 0);
    CHECK(choice->at > victim.claimed);
    CHECK(choice->at < victim.end);
    const double its = std::max(victim.bytes_per_second, 1.0);
    const double ours = own > 0 ? own : its;
    const double before =
        victim.delay_seconds + static_cast<double>(victim.end - victim.claimed) / its;
    const double kept =
        victim.delay_seconds + static_cast<double>(choice->at - victim.claimed) / its;
    const double given = delay + static_cast<double>(victim.end - choice->at) / ours;
    CHECK(std::max(kept, given) < before);
    for (const ActiveRange& other : active) {
      const double left = static_cast<double>(other.end - other.claimed);
      const double seconds = left / std::max(other.bytes_per_second, 1.0);
      CHECK(other.delay_seconds + seconds <= before + 1e-9);
    }
  }
  CHECK(splits > 1'000);
}
