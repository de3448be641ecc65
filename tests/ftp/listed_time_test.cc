#include "ftp/listing/listed_time.h"

#include <doctest/doctest.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "ftp/timestamp.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

/// The date that a month, a day and a time of day have on a given day.
std::string last(unsigned month, unsigned day, int hour, const CivilTime& now) {
  const ListedClock clock{.hour = hour};
  const auto time = time_of_last(month, day, clock, unix_seconds_of(now).value());
  if (!time) return "none";
  CHECK(time->precision == TimePrecision::minute);
  CHECK_FALSE(time->is_utc);
  return fmt::format("{:%Y-%m-%d %H}", fmt::gmtime(std::time_t{time->unix_seconds}));
}

}  // namespace

TEST_CASE("a_date_without_a_year_is_the_latest_that_is_not_a_day_ahead") {
  CHECK(last(7, 21, 0, {2026, 7, 22, 12}) == "2026-07-21 00");
  CHECK(last(7, 23, 12, {2026, 7, 22, 12}) == "2026-07-23 12");
  CHECK(last(7, 23, 13, {2026, 7, 22, 12}) == "2025-07-23 13");
  CHECK(last(12, 31, 23, {2026, 1, 1, 0}) == "2025-12-31 23");
}

TEST_CASE("the_server_may_be_in_the_next_year_already") {
  CHECK(last(1, 1, 8, {2025, 12, 31, 18}) == "2026-01-01 08");
  CHECK(last(1, 2, 8, {2025, 12, 31, 18}) == "2025-01-02 08");
}

TEST_CASE("a_leap_day_is_of_the_last_leap_year") {
  CHECK(last(2, 29, 0, {2024, 3, 1}) == "2024-02-29 00");
  CHECK(last(2, 29, 0, {2024, 2, 27}) == "2020-02-29 00");
  CHECK(last(2, 29, 0, {2024, 2, 28}) == "2024-02-29 00");
  CHECK(last(2, 29, 0, {2027, 1, 1}) == "2024-02-29 00");
  CHECK(last(2, 29, 0, {1904, 1, 1}) == "1896-02-29 00");
  CHECK(last(2, 30, 0, {2024, 3, 1}) == "none");
}

TEST_CASE("a_clock_is_of_twelve_or_of_twenty_four_hours") {
  const auto at = [](std::string_view word) {
    const auto clock = parse_clock(word);
    return clock ? fmt::format("{}:{}:{}.{}", clock->hour, clock->minute, clock->second,
                               clock->nanoseconds)
                 : "none";
  };
  CHECK(at("9:05") == "9:5:0.0");
  CHECK(at("23:59:60") == "23:59:60.0");
  CHECK(at("23:32:40.47") == "23:32:40.470000000");
  CHECK(at("23:32:40.1234567891") == "23:32:40.123456789");
  CHECK(at("12:08AM") == "0:8:0.0");
  CHECK(at("12:08pm") == "12:8:0.0");
  CHECK(at("01:08PM") == "13:8:0.0");
  for (const std::string_view word : {"",        ":",        "9",         "9:",       "9:5",
                                      "9:055",   "24:00",    "009:05",    "13:00PM",  "0:00AM",
                                      "9:05XM",  "-9:05",    "9:60",      "9:05:",    "9:05:1",
                                      "9:05:61", "9:05:01.", "9:05:01.x", "9:05:01x", "9:05-01"}) {
    CAPTURE(word);
    CHECK(at(word) == "none");
  }
}

TEST_CASE("a_date_is_three_numbers_in_a_given_order") {
  const auto at = [](std::string_view word, DateOrder order) {
    const auto date = parse_date(word, order);
    return date ? fmt::format("{}-{}-{}", date->year, date->month, date->day) : "none";
  };
  CHECK(at("05-20-97", DateOrder::month_day_year) == "1997-5-20");
  CHECK(at("5/20/1997", DateOrder::month_day_year) == "1997-5-20");
  CHECK(at("29.06.13", DateOrder::day_month_year) == "2013-6-29");
  CHECK(at("2005-04-08", DateOrder::year_month_day) == "2005-4-8");
  CHECK(at("1/03/100", DateOrder::month_day_year) == "2000-1-3");
  CHECK(at("01-01-69", DateOrder::month_day_year) == "2069-1-1");
  CHECK(at("01-01-70", DateOrder::month_day_year) == "1970-1-1");
  for (const std::string_view word :
       {"", "05-20", "05-20-", "--", "05-20/97", "13-20-97", "02-30-97", "05-20-97-1",
        "05-20-19970", "05-20-7", "005-20-97", "a-20-97"}) {
    CAPTURE(word);
    CHECK(at(word, DateOrder::month_day_year) == "none");
  }
}

TEST_CASE("months_have_names_in_some_languages") {  // L16
  CHECK(parse_month("Jan") == 1);
  CHECK(parse_month("DEC") == 12);
  CHECK(parse_month("June") == 6);
  CHECK(parse_month("Sept.") == 9);
  CHECK(parse_month("Mrz") == 3);
  CHECK(parse_month("août") == 8);
  CHECK(parse_month("f\xe9v") == 2);
  CHECK(parse_month("d\xe9"
                    "c") == 12);
  CHECK(parse_month("12月") == 12);
  for (const std::string_view word :
       {"", "Ja", "Jam", "ebm", "anf", "13月", "0月", "月", "6", "Januaryx"}) {
    CAPTURE(word);
    CHECK_FALSE(parse_month(word));
  }
}
