#include "cli/moment.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::cli;

TEST_CASE("a_date_is_its_beginning_in_utc") {
  const auto moment = parse_moment("2026-01-31");
  REQUIRE(moment);
  CHECK_FALSE(moment->is_age);
  CHECK(moment->unix_seconds(5) == 1'769'817'600);
  CHECK(parse_moment("1970-01-01")->unix_seconds(5) == 0);
  CHECK(parse_moment("1969-12-31")->unix_seconds(5) == -86'400);
  CHECK(parse_moment("2024-02-29"));
}

TEST_CASE("a_time_is_in_utc") {
  CHECK(parse_moment("2026-01-31T12:34:56Z")->unix_seconds(0) == 1'769'817'600 + 45'296);
}

TEST_CASE("an_age_is_counted_from_the_beginning_of_the_run") {
  const auto moment = parse_moment("7d");
  REQUIRE(moment);
  CHECK(moment->is_age);
  CHECK(moment->unix_seconds(1'000'000) == 1'000'000 - 604'800);
  CHECK(parse_moment("12h")->unix_seconds(100'000) == 100'000 - 43'200);
  CHECK(parse_moment("30m")->unix_seconds(100'000) == 100'000 - 1'800);
  CHECK(parse_moment("90")->unix_seconds(100) == 10);
}

TEST_CASE("what_is_no_moment_is_refused") {
  for (const char* const text : {"",
                                 "d",
                                 "x",
                                 "-1d",
                                 "1.5d",
                                 "36501d",
                                 "99999999999999999999d",
                                 "2026-02-29",
                                 "2026-13-01",
                                 "2026-00-01",
                                 "2026-1-31",
                                 "2026-01-3x",
                                 "2026-01-31 12:00:00",
                                 "2026-01-31T12:00:00",
                                 "2026-01-31T24:00:00Z",
                                 "2026-01-31T12:60:00Z",
                                 "2026-01-31T12:00:61Z",
                                 "2026-01-31T12:00:00+01:00",
                                 "2026-01-31T12:00Z",
                                 "yesterday",
                                 "2026/01/31"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_moment(text));
  }
}

TEST_CASE("a_span_may_be_in_days") {
  CHECK(parse_span("7d") == std::chrono::hours(168));
  CHECK(parse_span("1.5") == std::chrono::milliseconds(1500));
  CHECK_FALSE(parse_span("1w"));
}
