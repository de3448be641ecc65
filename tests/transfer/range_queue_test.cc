#include "transfer/range_queue.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;

namespace {

constexpr TimePoint kNow{std::chrono::seconds(100)};
constexpr TimePoint kLater{std::chrono::seconds(101)};
constexpr uint64_t kSegment = 10;

}  // namespace

TEST_CASE("an_empty_queue_gives_nothing_and_is_never_ready") {
  RangeQueue queue;
  CHECK(queue.empty());
  CHECK_FALSE(queue.take(100, kSegment, kNow));
  CHECK(queue.ready_at() == kNever);
}

TEST_CASE("the_foremost_range_is_taken_first") {
  RangeQueue queue;
  queue.add({{50, 60}});
  queue.add({{10, 20}});
  queue.add({{30, 40}});
  CHECK(queue.take(100, kSegment, kNow)->range == Range{10, 20});
  CHECK(queue.take(100, kSegment, kNow)->range == Range{30, 40});
  CHECK(queue.take(100, kSegment, kNow)->range == Range{50, 60});
  CHECK(queue.empty());
}

TEST_CASE("a_long_range_is_given_out_share_by_share") {
  RangeQueue queue;
  queue.add({{0, 45}, 2, kNow});
  CHECK(queue.take(20, kSegment, kNow)->range == Range{0, 20});
  const auto second = queue.take(20, kSegment, kNow);
  CHECK(second->range == Range{20, 40});
  CHECK(second->failures == 2);
  CHECK(queue.take(20, kSegment, kNow)->range == Range{40, 45});
  CHECK(queue.empty());
}

TEST_CASE("a_range_that_must_wait_is_passed_over_until_its_time") {
  RangeQueue queue;
  queue.add({{0, 10}, 1, kLater});
  queue.add({{50, 60}});
  CHECK(queue.take(100, kSegment, kNow)->range == Range{50, 60});
  CHECK_FALSE(queue.take(100, kSegment, kNow));
  CHECK_FALSE(queue.empty());
  CHECK(queue.ready_at() == kLater);
  CHECK(queue.take(100, kSegment, kLater)->range == Range{0, 10});
}

TEST_CASE("ready_is_when_the_first_range_is") {
  RangeQueue queue;
  queue.add({{0, 10}, 1, kLater + std::chrono::seconds(1)});
  queue.add({{50, 60}, 1, kLater});
  CHECK(queue.ready_at() == kLater);
  queue.clear();
  CHECK(queue.empty());
}
