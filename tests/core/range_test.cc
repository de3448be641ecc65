#include "core/range.h"

#include <random>
#include <set>

#include <doctest/doctest.h>

using namespace ftpull;

TEST_CASE("touching_and_overlapping_ranges_become_one") {
  RangeSet set;
  set.add({10, 20});
  set.add({30, 40});
  set.add({20, 30});
  CHECK(set.ranges() == std::vector<Range>{{10, 40}});
  set.add({5, 12});
  CHECK(set.ranges() == std::vector<Range>{{5, 40}});
}

TEST_CASE("removing_the_middle_leaves_both_ends") {
  RangeSet set;
  set.add({0, 100});
  set.remove({40, 60});
  CHECK(set.ranges() == std::vector<Range>{{0, 40}, {60, 100}});
  CHECK(set.total_bytes() == 80);
  CHECK(set.contains({0, 40}));
  CHECK_FALSE(set.contains({39, 41}));
}

TEST_CASE("an_empty_range_changes_nothing") {
  RangeSet set;
  set.add({5, 5});
  CHECK(set.empty());
  set.add({0, 10});
  set.remove({4, 4});
  CHECK(set.ranges() == std::vector<Range>{{0, 10}});
  CHECK(set.contains({50, 50}));
}

TEST_CASE("random_adds_and_removes_agree_with_a_set_of_bytes") {
  constexpr uint64_t kSeed = 20260101;
  constexpr int kSteps = 2000;
  constexpr uint64_t kBytes = 64;
  std::mt19937_64 random(kSeed);
  RangeSet set;
  std::set<uint64_t> bytes;
  for (int step = 0; step < kSteps; ++step) {
    const uint64_t begin = random() % kBytes;
    const Range range{begin, begin + random() % 16};
    const bool adds = random() % 2 == 0;
    for (uint64_t b = range.begin; b < range.end; ++b) {
      if (adds)
        bytes.insert(b);
      else
        bytes.erase(b);
    }
    if (adds)
      set.add(range);
    else
      set.remove(range);
    REQUIRE(set.total_bytes() == bytes.size());
    uint64_t last_end = 0;
    bool first = true;
    for (const Range& r : set.ranges()) {
      REQUIRE((first || r.begin > last_end));
      for (uint64_t b = r.begin; b < r.end; ++b) REQUIRE(bytes.count(b) == 1);
      last_end = r.end;
      first = false;
    }
  }
}
