#include "core/rate_schedule.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace ftpull {
namespace {

constexpr int kMinutesOfHour = 60;
constexpr int kHoursOfDay = 24;
constexpr int kSecondsOfMinute = 60;
constexpr int kSecondsOfDay = kHoursOfDay * kMinutesOfHour * kSecondsOfMinute;
constexpr std::string_view kBlanks = " \t\r\n";

tl::unexpected<Error> refuse(std::string_view what, std::string_view reason) {
  return fail(ErrorKind::usage,
              fmt::format("\"{}\" in a schedule of rates {}", for_display(what), reason), {},
              "Write a time and a rate for each change, for example \"08:00,1M 18:00,off\", or "
              "one rate alone");
}

/// "8:05" and "08:05".
std::optional<int> parse_minute(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon > 2 || text.size() != colon + 3) return std::nullopt;
  const auto hour = parse_decimal(text.substr(0, colon));
  const auto minute = parse_decimal(text.substr(colon + 1));
  if (!hour || !minute || *hour >= kHoursOfDay || *minute >= kMinutesOfHour) return std::nullopt;
  return static_cast<int>(*hour * kMinutesOfHour + *minute);
}

Result<uint64_t> parse_rate(std::string_view text) {
  if (equals_ignoring_case(text, "off")) return 0;
  const Result<uint64_t> rate = parse_size(text);
  if (!rate) return refuse(text, "is not a rate");
  if (*rate < kSmallestScheduledRate || *rate > kLargestScheduledRate) {
    return refuse(text, "is not a rate from 1K to 1T, and not \"off\"");
  }
  return *rate;
}

Result<RateStep> parse_step(std::string_view word) {
  const size_t comma = word.find(',');
  if (comma == std::string_view::npos) return refuse(word, "has no time and comma before its rate");
  const auto minute = parse_minute(word.substr(0, comma));
  if (!minute) return refuse(word.substr(0, comma), "is not a time from 00:00 to 23:59");
  const auto rate = parse_rate(word.substr(comma + 1));
  if (!rate) return tl::make_unexpected(rate.error());
  return RateStep{*minute, *rate};
}

}  // namespace

Result<std::vector<RateStep>> parse_rate_schedule(std::string_view text) {
  const std::string_view whole = trim(text);
  if (whole.empty()) return refuse(whole, "says nothing");
  if (whole.find_first_of(",:") == std::string_view::npos &&
      whole.find_first_of(kBlanks) == std::string_view::npos) {
    return parse_rate(whole).map([](uint64_t rate) { return std::vector<RateStep>{{0, rate}}; });
  }
  std::vector<RateStep> steps;
  for (std::string_view rest = whole; !rest.empty(); rest = trim(rest)) {
    const std::string_view word = rest.substr(0, rest.find_first_of(kBlanks));
    rest.remove_prefix(word.size());
    const auto step = parse_step(word);
    if (!step) return tl::make_unexpected(step.error());
    const auto after = std::ranges::lower_bound(steps, step->minute, {}, &RateStep::minute);
    if (after != steps.end() && after->minute == step->minute) {
      return refuse(word, "has a time that is there twice");
    }
    steps.insert(after, *step);
  }
  return steps;
}

uint64_t rate_at(std::span<const RateStep> steps, int minute_of_day) {
  if (steps.empty()) return 0;
  const auto next = std::ranges::upper_bound(steps, minute_of_day, {}, &RateStep::minute);
  return (next == steps.begin() ? steps.back() : *std::prev(next)).bytes_per_second;
}

Duration until_next_step(std::span<const RateStep> steps, int second_of_day) {
  if (steps.size() < 2) return std::chrono::seconds(kSecondsOfDay);
  const auto next = std::ranges::find_if(
      steps, [&](const RateStep& step) { return step.minute * kSecondsOfMinute > second_of_day; });
  const int at = next != steps.end() ? next->minute * kSecondsOfMinute
                                     : steps.front().minute * kSecondsOfMinute + kSecondsOfDay;
  return std::chrono::seconds(at - second_of_day);
}

}  // namespace ftpull
