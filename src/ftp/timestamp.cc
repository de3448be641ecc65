#include "ftp/timestamp.h"

#include <chrono>

#include "core/text.h"

namespace ftpull::ftp {
namespace {

constexpr size_t kTimeValDigits = 14;
constexpr int kFirstYear = 1900;

int number_at(std::string_view digits, size_t at, size_t length) {
  return static_cast<int>(parse_decimal(digits.substr(at, length)).value_or(0));
}

std::optional<int64_t> seconds_of(int year, std::string_view rest) {
  if (year < kFirstYear) return std::nullopt;
  return unix_seconds_of({year, static_cast<unsigned>(number_at(rest, 0, 2)),
                          static_cast<unsigned>(number_at(rest, 2, 2)), number_at(rest, 4, 2),
                          number_at(rest, 6, 2), number_at(rest, 8, 2)});
}

}  // namespace

std::optional<int64_t> unix_seconds_of(const CivilTime& time) {
  // Before chrono makes smaller numbers of them.
  if (time.year < 1 || time.year > 9999 || time.month > 12 || time.day > 31) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(time.year), std::chrono::month(time.month), std::chrono::day(time.day)};
  if (!date.ok() || time.hour < 0 || time.hour > 23 || time.minute < 0 || time.minute > 59 ||
      time.second < 0 || time.second > 60) {
    return std::nullopt;
  }
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((int64_t{days} * 24 + time.hour) * 60 + time.minute) * 60 + time.second;
}

std::optional<int64_t> parse_time_val(std::string_view digits) {
  if (digits.find_first_not_of("0123456789") != digits.npos) return std::nullopt;
  if (digits.size() == kTimeValDigits) return seconds_of(number_at(digits, 0, 4), digits.substr(4));
  const bool year_2000_fault = digits.size() == kTimeValDigits + 1 && digits.starts_with("191");
  if (!year_2000_fault) return std::nullopt;
  return seconds_of(number_at(digits, 2, 3) + 1900, digits.substr(5));
}

}  // namespace ftpull::ftp
