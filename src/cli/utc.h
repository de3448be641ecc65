// Moments as text.
#pragma once

#include <ctime>
#include <string>

namespace ftpull::cli {

/// strftime() in UTC; "unknown" for a moment whose year does not fit.
inline std::string format_utc(std::time_t moment, const char* format) {
  std::tm parts{};
  char text[64];
  if (gmtime_r(&moment, &parts) == nullptr) return "unknown";
  const size_t length = std::strftime(text, sizeof text, format, &parts);
  return length == 0 ? "unknown" : std::string(text, length);
}

/// Its year has four digits, as dates are read and RFC 3339 wants it. Servers can say other ones.
inline bool has_usual_year(std::time_t moment) {
  constexpr std::time_t kFirst = -62'167'219'200;  // 0000-01-01 00:00:00
  constexpr std::time_t kLast = 253'402'300'799;   // 9999-12-31 23:59:59
  return moment >= kFirst && moment <= kLast;
}

}  // namespace ftpull::cli
