#include "core/rate_schedule.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kMiB = 1 << 20;

int minute(int hour, int minutes) {
  return hour * 60 + minutes;
}

std::vector<RateStep> steps(std::string_view text) {
  const auto parsed = parse_rate_schedule(text);
  CAPTURE(text);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("a_schedule_is_times_with_rates_sorted_by_time") {
  const std::vector<RateStep> day{{minute(8, 0), kMiB}, {minute(18, 0), 0}};
  CHECK(steps("08:00,1M 18:00,off") == day);
  CHECK(steps("  18:00,OFF\t 8:00,1MiB/s \n") == day);
  CHECK(steps("00:00,1K 23:59,1T") ==
        std::vector<RateStep>{{0, 1024}, {minute(23, 59), uint64_t{1} << 40}});
}

TEST_CASE("a_rate_alone_is_always_in_force") {
  CHECK(steps("1M") == std::vector<RateStep>{{0, kMiB}});
  CHECK(steps(" off ") == std::vector<RateStep>{{0, 0}});
}

TEST_CASE("what_is_not_a_schedule_is_refused_with_an_example") {
  for (const char* text : {"",
                           "  ",
                           "x",
                           "0",
                           "1023",
                           "2T",
                           "08:00",
                           "08:00,",
                           ",1M",
                           "08:00,x",
                           "08:00,0",
                           "24:00,1M",
                           "08:60,1M",
                           "8,1M",
                           "8:5,1M",
                           "008:00,1M",
                           "-8:00,1M",
                           "08:00,1M,2M",
                           "1M 2M",
                           "1M 08:00,1M",
                           "08:00,1M;18:00,off",
                           "08:00,1M 8:00,2M",
                           "08:00:00,1M",
                           "08:00, 1M"}) {
    CAPTURE(text);
    const auto parsed = parse_rate_schedule(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::usage);
    CHECK(parsed.error().hint.find("08:00,1M 18:00,off") != std::string::npos);
  }
}

TEST_CASE("a_step_is_in_force_until_the_next_and_over_midnight") {
  const auto day = steps("08:00,1M 12:00,2M 18:00,off");
  CHECK(rate_at(day, 0) == 0);
  CHECK(rate_at(day, minute(7, 59)) == 0);
  CHECK(rate_at(day, minute(8, 0)) == kMiB);
  CHECK(rate_at(day, minute(11, 59)) == kMiB);
  CHECK(rate_at(day, minute(12, 0)) == 2 * kMiB);
  CHECK(rate_at(day, minute(18, 0)) == 0);
  CHECK(rate_at(day, minute(23, 59)) == 0);
  CHECK(rate_at(steps("22:00,1M"), 0) == kMiB);
  CHECK(rate_at({}, 600) == 0);
}

TEST_CASE("the_next_step_is_told_to_the_second_and_over_midnight") {
  const auto day = steps("08:00,1M 18:00,off");
  CHECK(until_next_step(day, 0) == 8h);
  CHECK(until_next_step(day, minute(8, 0) * 60 - 1) == 1s);
  CHECK(until_next_step(day, minute(8, 0) * 60) == 10h);
  CHECK(until_next_step(day, minute(18, 0) * 60) == 14h);
  CHECK(until_next_step(day, 86399) == 8h + 1s);
}

TEST_CASE("a_schedule_that_never_changes_is_asked_again_after_a_day") {
  CHECK(until_next_step(steps("1M"), 86399) == 24h);
  CHECK(until_next_step({}, 0) == 24h);
}
