// Dates and times of day as the columns of a listing have them, and the year of a date without one.
//
// Nothing here asks a clock. A date that does not exist is empty and not put right.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ftpull/entry.h"

namespace ftpull::ftp {

struct ListedDate {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
};

/// A time of day.
struct ListedClock {
  int hour = 0;
  int minute = 0;
  int second = 0;
  uint32_t nanoseconds = 0;
  TimePrecision precision = TimePrecision::minute;
};

enum class DateOrder { year_month_day, month_day_year, day_month_year };

/// The whole of `word` as three numbers with '-', '/' or '.' between. A year of two digits is one
/// of 1970 to 2069; one of three is counted from 1900, the year-2000 fault of VM/CMS.
std::optional<ListedDate> parse_date(std::string_view word, DateOrder order);

/// The whole of `word`: "9:39", "17:01", "23:32:40.47", "03:31PM".
std::optional<ListedClock> parse_clock(std::string_view word);

/// 1 to 12: "Jan", "jan.", "January"; the abbreviations that `ls` has in some other languages
/// (QUIRKS L16); "6月" and "6월".
std::optional<unsigned> parse_month(std::string_view word);

/// A day of a month: "5", "05", "5.", "3日".
std::optional<unsigned> parse_day(std::string_view word);

/// Four digits, also with "年" or "년" after them.
std::optional<int> parse_year(std::string_view word);

/// ".5" is 500,000,000, digits past the ninth are cut. Empty when it is not a point and digits.
std::optional<uint32_t> parse_fraction(std::string_view text);

/// Without a clock the precision is a day.
std::optional<EntryTime> time_of(const ListedDate& date, const std::optional<ListedClock>& clock);

/// Of a date without a year: the latest year in which it exists and is not later than a day after
/// `now`, because the server's clock may be in another zone, or wrong.
std::optional<EntryTime> time_of_last(unsigned month, unsigned day, const ListedClock& clock,
                                      int64_t now_unix_seconds);

}  // namespace ftpull::ftp
