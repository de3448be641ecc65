#include "transfer/server_clock.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;

namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kMoment = 1'700'000'040;  // 2023-11-14 22:14:00 UTC, a full minute

EntryTime listed(int64_t seconds, TimePrecision precision = TimePrecision::minute) {
  return {seconds, 0, precision, false};
}

}  // namespace

TEST_CASE("one_file_with_both_times_tells_the_zone") {
  for (const int64_t ahead : {-12 * kHour, -5 * kHour, int64_t{0}, 2 * kHour, 5 * kHour + 1800,
                              5 * kHour + 2700, 14 * kHour}) {
    CAPTURE(ahead);
    for (const int64_t second : {0, 1, 59}) {
      CHECK(ServerClock::ahead_by(listed(kMoment + ahead), kMoment + second) == ahead);
    }
  }
}

TEST_CASE("what_no_zone_explains_tells_nothing") {
  for (const int64_t odd :
       {int64_t{60}, int64_t{-60}, 14 * kHour + 900, -15 * kHour, 365 * 24 * kHour}) {
    CAPTURE(odd);
    CHECK_FALSE(ServerClock::ahead_by(listed(kMoment + odd), kMoment));
  }
  CHECK_FALSE(ServerClock::ahead_by(listed(kMoment, TimePrecision::day), kMoment));
  EntryTime utc = listed(kMoment + kHour);
  utc.is_utc = true;
  CHECK_FALSE(ServerClock::ahead_by(utc, kMoment));
}

TEST_CASE("times_before_1970_are_rounded_the_same_way") {
  CHECK(ServerClock::ahead_by(listed(-120 + kHour), -90) == kHour);
}

TEST_CASE("seconds_must_be_equal_and_minutes_as_minutes") {
  ServerClock clock;
  CHECK(clock.is_same(listed(kMoment, TimePrecision::second), kMoment));
  CHECK_FALSE(clock.is_same(listed(kMoment, TimePrecision::second), kMoment + 1));
  CHECK(clock.is_same(listed(kMoment), kMoment + 59));
  CHECK_FALSE(clock.is_same(listed(kMoment), kMoment + 60));
  CHECK_FALSE(clock.is_same(listed(kMoment), kMoment - 1));
}

TEST_CASE("a_clock_that_is_ahead_is_allowed_for_but_not_with_utc") {
  ServerClock clock;
  clock.set_ahead(2 * kHour);
  CHECK(clock.is_same(listed(kMoment + 2 * kHour), kMoment + 30));
  CHECK_FALSE(clock.is_same(listed(kMoment), kMoment));
  CHECK(clock.utc_of(listed(kMoment + 2 * kHour)) == kMoment);
  EntryTime utc = listed(kMoment, TimePrecision::second);
  utc.is_utc = true;
  CHECK(clock.is_same(utc, kMoment));
  CHECK(clock.utc_of(utc) == kMoment);
}

TEST_CASE("a_day_may_be_another_one_where_the_zone_is_not_known") {
  const int64_t day = kMoment - kMoment % (24 * kHour);
  const EntryTime listed_day = listed(day, TimePrecision::day);
  ServerClock clock;
  CHECK(clock.is_same(listed_day, day - 14 * kHour));
  CHECK(clock.is_same(listed_day, day + (24 + 14) * kHour - 1));
  CHECK_FALSE(clock.is_same(listed_day, day - 14 * kHour - 1));
  CHECK_FALSE(clock.is_same(listed_day, day + (24 + 14) * kHour));
  clock.set_ahead(0);
  CHECK(clock.is_same(listed_day, day));
  CHECK_FALSE(clock.is_same(listed_day, day - 1));
  CHECK_FALSE(clock.is_same(listed_day, day + 24 * kHour));
}
