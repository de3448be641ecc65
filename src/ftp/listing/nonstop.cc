#include "core/text.h"
#include "ftp/listing/dialects.h"
#include "ftp/listing/listed_time.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

/// "6-Apr-07"
std::optional<EntryTime> nonstop_time(std::string_view word, std::string_view clock_word) {
  const size_t first = word.find('-');
  const size_t second = word.rfind('-');
  const auto clock = parse_clock(clock_word);
  if (first == word.npos || first == second || !clock) return std::nullopt;
  const auto month = parse_month(word.substr(first + 1, second - first - 1));
  if (!month) return std::nullopt;
  // What is left of it has the same shape with the month as a number.
  std::string numbers(word.substr(0, first));
  numbers.append("-").append(std::to_string(*month)).append(word.substr(second));
  const auto date = parse_date(numbers, DateOrder::day_month_year);
  return date ? time_of(*date, clock) : std::nullopt;
}

}  // namespace

Verdict parse_nonstop(const Line& line, Entry& entry) {
  // Name, code, size, date, clock, owner ("255,255" or "255, 0"), rights in quotes.
  if (line.words() < 7 || line.words() > 8 || line.begin_of(0) != 0) return Verdict::unknown;
  if (line.word(0) == "File" && line.word(1) == "Code") return Verdict::heading;
  const std::string_view rights = line.last_word();
  if (!is_number(line.word(1)) || !is_number(line.word(2)) || !rights.starts_with('"')) {
    return Verdict::unknown;
  }
  entry.time = nonstop_time(line.word(3), line.word(4));
  if (!entry.time) return Verdict::unknown;
  entry.type = EntryType::file;
  entry.size_bytes = size_in(line.word(2));
  entry.permissions = rights;
  entry.name = line.word(0);
  return Verdict::entry;
}

}  // namespace ftpull::ftp
