#include "ftp/listing/listed_time.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "core/text.h"
#include "ftp/listing/line.h"
#include "ftp/timestamp.h"

namespace ftpull::ftp {
namespace {

constexpr int64_t kSecondsOfDay = 24 * 60 * 60;
constexpr int kFirstYearOfTwoDigits = 70;
// From one 29 February to the next there are at most eight years (1896 to 1904).
constexpr int kMaxYearsBetweenLeapDays = 8;
constexpr size_t kNanosecondDigits = 9;

constexpr std::string_view kEnglishMonths = "janfebmaraprmayjunjulaugsepoctnovdec";

// As servers write them in German, French, Spanish, Italian, Portuguese, Dutch, Scandinavian
// languages, Hungarian, Polish and Russian, in UTF-8 and, where they differ, in Latin-1; small
// letters, a blank before and after each.
constexpr std::array<std::string_view, 12> kMonths = {
    " january januar janv jän jänn ene gen sty янв ",
    " february févr fév f\xe9vr f\xe9v fev lut фев ",
    " march märz mär mrz mars mrt m\xe4r m\xe4rz мар ",
    " april avr abr kwi апр ",
    " mai maj mag mei maio май мая ",
    " june juni juin giu cze июн ",
    " july juli juil lug lip июл ",
    " august août ao\xfbt ago sie авг ",
    " september sept szept set wrz сен сент ",
    " october okt out ott paź окт ",
    " november lis ноя ",
    " december déc d\xe9"
    "c dez dic des gru дек "};

std::string_view without_suffix(std::string_view word, std::string_view suffix) {
  return word.ends_with(suffix) ? word.substr(0, word.size() - suffix.size()) : word;
}

/// One or two digits.
std::optional<unsigned> small_number(std::string_view word) {
  if (word.size() > 2 || !is_number(word)) return std::nullopt;
  return static_cast<unsigned>(*parse_decimal(word));
}

std::optional<int> year_of(std::string_view digits) {
  if (digits.size() < 2 || digits.size() > 4 || !is_number(digits)) return std::nullopt;
  const int number = static_cast<int>(*parse_decimal(digits));
  if (digits.size() == 4) return number;
  if (digits.size() == 3) return 1900 + number;
  return number + (number < kFirstYearOfTwoDigits ? 2000 : 1900);
}

bool exists(const ListedDate& date) {
  return unix_seconds_of({date.year, date.month, date.day}).has_value();
}

}  // namespace

std::optional<ListedDate> parse_date(std::string_view word, DateOrder order) {
  const size_t first = word.find_first_of("-/.");
  if (first == word.npos) return std::nullopt;
  const size_t second = word.find(word[first], first + 1);
  if (second == word.npos) return std::nullopt;
  const std::array<std::string_view, 3> parts = {
      word.substr(0, first), word.substr(first + 1, second - first - 1), word.substr(second + 1)};
  const auto [y, m, d] = order == DateOrder::year_month_day   ? std::array{0, 1, 2}
                         : order == DateOrder::month_day_year ? std::array{2, 0, 1}
                                                              : std::array{2, 1, 0};
  const auto year = year_of(parts[y]);
  const auto month = small_number(parts[m]);
  const auto day = small_number(parts[d]);
  if (!year || !month || !day) return std::nullopt;
  const ListedDate date{*year, *month, *day};
  if (!exists(date)) return std::nullopt;
  return date;
}

std::optional<ListedClock> parse_clock(std::string_view word) {
  const bool pm = word.ends_with("PM") || word.ends_with("pm");
  const bool twelve_hours = pm || word.ends_with("AM") || word.ends_with("am");
  if (twelve_hours) word.remove_suffix(2);
  const size_t colon = word.find(':');
  if (colon == word.npos) return std::nullopt;
  const auto hour = small_number(word.substr(0, colon));
  const std::string_view minutes = word.substr(colon + 1, 2);
  const auto minute = small_number(minutes);
  if (!hour || !minute || minutes.size() != 2 || *minute > 59) return std::nullopt;
  if (twelve_hours ? *hour < 1 || *hour > 12 : *hour > 23) return std::nullopt;
  ListedClock clock;
  clock.hour = static_cast<int>(twelve_hours ? *hour % 12 + (pm ? 12 : 0) : *hour);
  clock.minute = static_cast<int>(*minute);

  const std::string_view rest = word.substr(colon + 3);
  if (rest.empty()) return clock;
  const auto second = small_number(rest.substr(1, 2));
  if (rest.front() != ':' || rest.size() < 3 || !second || *second > 60) return std::nullopt;
  clock.second = static_cast<int>(*second);
  clock.precision = TimePrecision::second;
  if (rest.size() == 3) return clock;
  const auto nanoseconds = parse_fraction(rest.substr(3));
  if (!nanoseconds) return std::nullopt;
  clock.nanoseconds = *nanoseconds;
  clock.precision = TimePrecision::fraction;
  return clock;
}

std::optional<unsigned> parse_month(std::string_view word) {
  for (const std::string_view suffix : {"月", "월"}) {
    if (!word.ends_with(suffix)) continue;
    const auto number = small_number(without_suffix(word, suffix));
    return number && *number >= 1 && *number <= 12 ? number : std::nullopt;
  }
  word = without_suffix(without_suffix(word, ","), ".");
  constexpr size_t kMaxMonthBytes = 12;
  if (word.size() < 3 || word.size() > kMaxMonthBytes || is_number(word.substr(0, 1))) {
    return std::nullopt;
  }
  const std::string name = to_lower(word);
  if (name.size() == 3) {
    const size_t at = kEnglishMonths.find(name);
    if (at != kEnglishMonths.npos && at % 3 == 0) return static_cast<unsigned>(at / 3 + 1);
  }
  const std::string alone = ' ' + name + ' ';
  const auto month = std::find_if(kMonths.begin(), kMonths.end(), [&](std::string_view names) {
    return names.find(alone) != names.npos;
  });
  if (month == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(month - kMonths.begin() + 1);
}

std::optional<unsigned> parse_day(std::string_view word) {
  for (const std::string_view suffix : {".", ",", "日", "일"}) word = without_suffix(word, suffix);
  const auto day = small_number(word);
  return day && *day >= 1 && *day <= 31 ? day : std::nullopt;
}

std::optional<int> parse_year(std::string_view word) {
  for (const std::string_view suffix : {"年", "년"}) word = without_suffix(word, suffix);
  if (word.size() != 4) return std::nullopt;
  return year_of(word);
}

std::optional<uint32_t> parse_fraction(std::string_view text) {
  if (!text.starts_with('.') || !is_number(text.substr(1))) return std::nullopt;
  std::string digits(text.substr(1, kNanosecondDigits));
  digits.resize(kNanosecondDigits, '0');
  return static_cast<uint32_t>(*parse_decimal(digits));
}

std::optional<EntryTime> time_of(const ListedDate& date, const std::optional<ListedClock>& clock) {
  const ListedClock day = clock.value_or(ListedClock{.precision = TimePrecision::day});
  const auto seconds =
      unix_seconds_of({date.year, date.month, date.day, day.hour, day.minute, day.second});
  if (!seconds) return std::nullopt;
  return EntryTime{*seconds, day.nanoseconds, day.precision, false};
}

std::optional<EntryTime> time_of_last(unsigned month, unsigned day, const ListedClock& clock,
                                      int64_t now_unix_seconds) {
  using namespace std::chrono;
  const int64_t limit = now_unix_seconds + kSecondsOfDay;
  const auto today = floor<days>(sys_seconds(seconds(limit)));
  const int this_year = static_cast<int>(year_month_day(today).year());
  for (int year = this_year; year >= this_year - kMaxYearsBetweenLeapDays; --year) {
    const auto time = time_of({year, month, day}, clock);
    if (time && time->unix_seconds <= limit) return time;
  }
  return std::nullopt;
}

}  // namespace ftpull::ftp
