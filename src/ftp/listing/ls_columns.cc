#include "ftp/listing/ls_columns.h"

#include "core/text.h"
#include "ftp/listing/listed_time.h"

namespace ftpull::ftp {
namespace {

/// "+0200" in seconds.
std::optional<int64_t> zone_seconds(std::string_view word) {
  constexpr size_t kZoneBytes = 5;
  if (word.size() != kZoneBytes || (word[0] != '+' && word[0] != '-')) return std::nullopt;
  if (!is_number(word.substr(1))) return std::nullopt;
  const auto number = static_cast<int64_t>(*parse_decimal(word.substr(1)));
  const int64_t seconds = (number / 100 * 60 + number % 100) * 60;
  return word[0] == '-' ? -seconds : seconds;
}

std::optional<LsDate> iso_date(const Line& line, size_t at) {
  constexpr size_t kIsoBytes = 10;
  const std::string_view word = line.word(at);
  if (word.size() != kIsoBytes || !is_number(word.substr(0, 4))) return std::nullopt;
  const auto date = parse_date(word, DateOrder::year_month_day);
  if (!date) return std::nullopt;
  const auto clock = parse_clock(line.word(at + 1));
  auto time = time_of(*date, clock);
  if (!time) return std::nullopt;
  if (!clock) return LsDate{*time, 1};
  const auto zone = zone_seconds(line.word(at + 2));
  if (clock->precision < TimePrecision::second || !zone) return LsDate{*time, 2};
  time->unix_seconds -= *zone;
  time->is_utc = true;
  return LsDate{*time, 3};
}

/// "Nov 5", "5 Nov", and a year or a clock; after a comma both.
std::optional<LsDate> month_date(const Line& line, size_t at) {
  // Names of months take longest to tell from owners.
  if (!parse_day(line.word(at)) && !parse_day(line.word(at + 1))) return std::nullopt;
  const size_t month_at = parse_month(line.word(at)) ? at : at + 1;
  const size_t day_at = month_at == at ? at + 1 : at;
  const auto month = parse_month(line.word(month_at));
  const auto day = parse_day(line.word(day_at));
  if (!month || !day) return std::nullopt;

  std::optional<EntryTime> time;
  size_t words = 3;
  if (const auto clock = parse_clock(line.word(at + 2))) {
    time = time_of_last(*month, *day, *clock, line.now());
  } else if (const auto year = parse_year(line.word(at + 2))) {
    const bool both = line.word(at + 1).ends_with(',');
    const auto time_of_day = both ? parse_clock(line.word(at + 3)) : std::nullopt;
    time = time_of({*year, *month, *day}, time_of_day);
    words = time_of_day ? 4 : 3;
  }
  if (!time) return std::nullopt;
  return LsDate{*time, words};
}

/// "2005년  1월  6일". A year without its sign would be the size before "Jan  6".
std::optional<LsDate> year_first_date(const Line& line, size_t at) {
  const std::string_view word = line.word(at);
  const auto year = parse_year(word);
  if (!year || is_number(word)) return std::nullopt;
  const auto month = parse_month(line.word(at + 1));
  const auto day = parse_day(line.word(at + 2));
  if (!month || !day) return std::nullopt;
  const auto time = time_of({*year, *month, *day}, std::nullopt);
  if (!time) return std::nullopt;
  return LsDate{*time, 3};
}

/// A size, a device's numbers ("109,767"), or a name with a size hanging on it.
bool holds_a_size(std::string_view word) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (word.empty()) return false;
  if (is_digit(word.front())) {
    constexpr std::string_view kUnits = "kKMGT";
    if (kUnits.find(word.back()) != kUnits.npos) word.remove_suffix(1);
    return word.find_first_not_of("0123456789,.") == word.npos;
  }
  return is_digit(word.back()) && word.find_first_of(":[](),") == word.npos;
}

}  // namespace

std::optional<LsDate> parse_ls_date(const Line& line, size_t at) {
  for (const auto parse : {iso_date, month_date, year_first_date}) {
    if (const auto date = parse(line, at)) return date;
  }
  return std::nullopt;
}

std::optional<LsColumns> find_ls_columns(const Line& line, size_t first) {
  for (size_t i = first; i + 1 < line.words(); ++i) {
    if (!holds_a_size(line.word(i))) continue;
    if (const auto date = parse_ls_date(line, i + 1)) {
      return LsColumns{i, date->time, i + date->words};
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> size_in(std::string_view word) {
  const auto size = parse_decimal(word);
  if (!size || *size > INT64_MAX) return std::nullopt;
  return size;
}

}  // namespace ftpull::ftp
