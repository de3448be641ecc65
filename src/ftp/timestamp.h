// Moments as servers write them: a date and a time of day made seconds, and the time-val of RFC
// 3659 section 2.3, which MDTM answers with and which MLSD has as a fact.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ftpull::ftp {

/// Of the Gregorian calendar. Whose clock it is, the caller knows.
struct CivilTime {
  int year = 0;
  unsigned month = 1;
  unsigned day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

/// Seconds since 1970 as if `time` was UTC. Empty when that date or time of day does not exist, it
/// is not put right (QUIRKS G11), and outside of the years 1 to 9999. The second 60 exists (RFC
/// 3659 section 2.3).
std::optional<int64_t> unix_seconds_of(const CivilTime& time);

/// The whole of `digits` as YYYYMMDDHHMMSS in UTC, without a fraction; or with the year 2000 + n
/// written as "19" and 100 + n (QUIRKS G10). Years 1900 to 9999.
std::optional<int64_t> parse_time_val(std::string_view digits);

}  // namespace ftpull::ftp
