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

}  // namespace ftpull::cli
