#include "core/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

/// Splits "1.5 MiB" into its number and the rest in lower case, with no blanks between.
bool split_number(std::string_view text, double& number, std::string& unit) {
  text = trim(text);
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return false;
  unit = to_lower(trim(text.substr(static_cast<size_t>(end - text.data()))));
  return true;
}

void drop_ending(std::string& text, std::string_view ending) {
  if (text.ends_with(ending)) text.resize(text.size() - ending.size());
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text) {
  constexpr double kLimit = 9.2e18;  // below 2^63, so that offsets fit in off_t
  double number = 0;
  std::string unit;
  if (split_number(text, number, unit)) {
    drop_ending(unit, "/s");
    drop_ending(unit, "b");
    drop_ending(unit, "i");
    const size_t power = unit.empty() ? 0 : std::string_view("kmgt").find(unit) + 1;
    const bool known = unit.empty() || (unit.size() == 1 && power != 0);
    const double bytes = std::ldexp(number, static_cast<int>(10 * power));
    if (known && bytes < kLimit) return static_cast<uint64_t>(bytes);
  }
  return fail(ErrorKind::usage, fmt::format("\"{}\" is not a size", for_display(text)), {},
              "Write a number of bytes, or one with K, M, G or T, for example 512K or 1.5M");
}

Result<Duration> parse_duration(std::string_view text) {
  constexpr std::array kUnits{Unit{"", 1},   Unit{"s", 1},    Unit{"ms", 1e-3},
                              Unit{"m", 60}, Unit{"min", 60}, Unit{"h", 3600}};
  constexpr double kLimit = 1e9;  // seconds, some 30 years; keeps sums of times far from overflow
  double number = 0;
  std::string unit;
  if (split_number(text, number, unit)) {
    for (const Unit& known : kUnits) {
      if (unit == known.name && number * known.factor < kLimit) {
        return from_seconds(number * known.factor);
      }
    }
  }
  return fail(ErrorKind::usage, fmt::format("\"{}\" is not a time", for_display(text)), {},
              "Write seconds, or a number with ms, s, m or h, for example 30 or 2m");
}

std::string format_size(uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  // 999.5 and more would print as four digits.
  while (value >= 999.5 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, digits, kNames[unit]);
}

std::string format_rate(double bytes_per_second) {
  const double limit = static_cast<double>(std::numeric_limits<int64_t>::max());
  const double rate = std::isfinite(bytes_per_second) ? bytes_per_second : 0;
  return format_size(static_cast<uint64_t>(std::clamp(rate, 0.0, limit))) + "/s";
}

std::string format_duration(double seconds) {
  if (!(seconds > 0)) seconds = 0;
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<uint64_t>(std::llround(std::min(seconds, 1e12)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace ftpull
