#include "cli/moment.h"

#include <chrono>

#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

constexpr uint64_t kMostDays = 36'500;

/// The digits from `begin` on.
std::optional<int> digits(std::string_view text, size_t begin, size_t count) {
  const auto number = parse_decimal(text.substr(begin, count));
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::optional<int64_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * int64_t{86'400};
}

/// "T12:00:00Z".
std::optional<int64_t> parse_time_of_day(std::string_view text) {
  const bool has_form = text.size() == 10 && text[0] == 'T' && text[3] == ':' && text[6] == ':' &&
                        text.ends_with('Z');
  if (!has_form) return std::nullopt;
  const auto hour = digits(text, 1, 2);
  const auto minute = digits(text, 4, 2);
  const auto second = digits(text, 7, 2);
  if (!hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return int64_t{*hour} * 3600 + *minute * 60 + *second;
}

}  // namespace

std::optional<Duration> parse_span(std::string_view text) {
  if (text.ends_with('d')) {
    const auto days = parse_decimal(text.substr(0, text.size() - 1));
    if (!days || *days > kMostDays) return std::nullopt;
    return std::chrono::hours(24 * static_cast<int64_t>(*days));
  }
  const Result<Duration> time = parse_duration(text);
  return time ? std::optional(*time) : std::nullopt;
}

std::optional<Moment> parse_moment(std::string_view text) {
  if (const auto date = parse_date(text.substr(0, 10))) {
    if (text.size() == 10) return Moment{*date};
    const auto time = parse_time_of_day(text.substr(10));
    return time ? std::optional(Moment{*date + *time}) : std::nullopt;
  }
  const auto age = parse_span(text);
  if (!age) return std::nullopt;
  return Moment{std::chrono::duration_cast<std::chrono::seconds>(*age).count(), true};
}

}  // namespace ftpull::cli
