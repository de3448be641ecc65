// Moments and spans of days as a person types them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace ftpull::cli {

/// Seconds since 1970 in UTC, or before a moment that is not known yet.
struct Moment {
  int64_t seconds = 0;
  bool is_age = false;

  int64_t unix_seconds(int64_t now) const { return is_age ? now - seconds : seconds; }
};

/// As parse_duration() in core/units.h, and days: "7d". Not more than 100 years.
std::optional<Duration> parse_span(std::string_view text);

/// "2026-01-31" (when it begins, UTC), "2026-01-31T12:00:00Z", or an age: what parse_span() takes.
std::optional<Moment> parse_moment(std::string_view text);

}  // namespace ftpull::cli
