#include "core/token_bucket.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace std::chrono_literals;

TEST_CASE("without_a_limit_everything_is_granted") {
  TokenBucket bucket(0);
  CHECK(bucket.take(1 << 30, TimePoint(1s)) == 1 << 30);
}

TEST_CASE("over_ten_seconds_no_more_than_the_rate_passes") {
  constexpr uint64_t kRate = 1'000'000;
  TokenBucket bucket(kRate);
  TimePoint now(5s);
  uint64_t passed = 0;
  int steps = 0;
  const TimePoint end = now + 10s;
  while (now < end) {
    passed += bucket.take(256 * 1024, now);
    const TimePoint next = bucket.ready_at(now);
    REQUIRE(next > now);
    now = next;
    REQUIRE(++steps < 10'000);
  }
  CHECK(passed <= 10 * kRate);
  CHECK(passed >= 10 * kRate * 99 / 100);
}

TEST_CASE("an_idle_bucket_saves_up_a_short_burst_only") {
  TokenBucket bucket(1'000'000);
  bucket.take(1, TimePoint(1s));
  CHECK(bucket.take(UINT64_MAX / 2, TimePoint(1h)) == 100'000);
}

TEST_CASE("what_was_not_used_comes_back") {
  TokenBucket bucket(1'000'000);
  bucket.take(1, TimePoint(1s));
  const uint64_t granted = bucket.take(50'000, TimePoint(2s));
  bucket.give_back(granted);
  CHECK(bucket.take(UINT64_MAX / 2, TimePoint(2s)) == 100'000);
}

TEST_CASE("a_very_low_rate_still_moves") {
  TokenBucket bucket(10);
  TimePoint now(1s);
  uint64_t passed = 0;
  for (int i = 0; i < 100; ++i) {
    passed += bucket.take(100, now);
    now = bucket.ready_at(now);
  }
  CHECK(passed > 0);
  CHECK(now < TimePoint(1h));
}
