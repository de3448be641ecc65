#include "ftp/timestamp.h"

#include <string_view>

#include <doctest/doctest.h>

using namespace ftpull::ftp;

TEST_CASE("a_civil_time_is_taken_as_utc") {
  CHECK(unix_seconds_of({1970, 1, 1}) == 0);
  CHECK(unix_seconds_of({2003, 4, 5, 6, 7, 8}) == 1049522828);
  CHECK(unix_seconds_of({1800, 5, 4}) == -5354035200);
  CHECK(unix_seconds_of({2016, 12, 31, 23, 59, 60}) == 1483228800);
}

TEST_CASE("a_civil_time_that_does_not_exist_is_empty") {  // G11
  for (const CivilTime& time :
       {CivilTime{2023, 2, 29}, CivilTime{2023, 13, 1}, CivilTime{2023, 0, 1},
        CivilTime{2023, 1, 0}, CivilTime{2023, 257, 1}, CivilTime{2023, 1, 257},
        CivilTime{65536 + 2023, 1, 1}, CivilTime{0, 1, 1}, CivilTime{2023, 1, 1, 24},
        CivilTime{2023, 1, 1, -1}, CivilTime{2023, 1, 1, 0, 60}, CivilTime{2023, 1, 1, 0, 0, 61}}) {
    CAPTURE(time.year);
    CAPTURE(time.month);
    CAPTURE(time.day);
    CHECK_FALSE(unix_seconds_of(time));
  }
}

TEST_CASE("a_time_val_is_fourteen_digits_and_nothing_else") {
  CHECK(parse_time_val("20030405060708") == 1049522828);
  CHECK(parse_time_val("191030405060708") == 1049522828);  // G10
  for (const std::string_view text : {"", "2003040506070", "200304050607080", "20030405060708Z",
                                      "2003040506070x", "18991231235959", "20030231000000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_val(text));
  }
}
