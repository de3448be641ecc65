#include "core/units.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace std::chrono_literals;

TEST_CASE("sizes_take_binary_multiples") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("4096") == 4096);
  CHECK(parse_size("64K") == 65536);
  CHECK(parse_size("1.5M") == 1572864);
  CHECK(parse_size("2GiB") == 2147483648);
  CHECK(parse_size("10 MB/s") == 10485760);
  CHECK(parse_size("1t") == 1099511627776);
}

TEST_CASE("what_is_not_a_size_is_refused_with_an_example") {
  for (const char* text :
       {"", "K", "-1", "1x", "1KK", "1 M M", "nan", "inf", "1e3", "9e99T", "10000000T", "0x10"}) {
    CAPTURE(text);
    const auto size = parse_size(text);
    REQUIRE_FALSE(size);
    CHECK(size.error().kind == ErrorKind::usage);
    CHECK(size.error().hint.find("512K") != std::string::npos);
  }
}

TEST_CASE("durations_take_units") {
  CHECK(parse_duration("30") == Duration(30s));
  CHECK(parse_duration("1.5s") == Duration(1500ms));
  CHECK(parse_duration("500ms") == Duration(500ms));
  CHECK(parse_duration("2m") == Duration(120s));
  CHECK(parse_duration("1h") == Duration(3600s));
  CHECK_FALSE(parse_duration("-1"));
  CHECK_FALSE(parse_duration("1d"));
  CHECK_FALSE(parse_duration("99999999999"));
}

TEST_CASE("sizes_print_with_three_digits") {
  CHECK(format_size(0) == "0 B");
  CHECK(format_size(999) == "999 B");
  CHECK(format_size(1000) == "0.98 KiB");
  CHECK(format_size(1048576) == "1.00 MiB");
  CHECK(format_size(12'900'000'000) == "12.0 GiB");
  CHECK(format_size(1023 * 1024) == "1.00 MiB");
  CHECK(format_rate(2.5 * 1024 * 1024) == "2.50 MiB/s");
  CHECK(format_rate(-1) == "0 B/s");
}

TEST_CASE("times_print_as_a_clock_from_a_minute_on") {
  CHECK(format_duration(0.42) == "0.4 s");
  CHECK(format_duration(42.4) == "42 s");
  CHECK(format_duration(187) == "3:07");
  CHECK(format_duration(7805) == "2:10:05");
  CHECK(format_duration(-1) == "0.0 s");
}
