#include <optional>

#include "ftp/listing/dialects.h"
#include "ftp/listing/listed_time.h"

namespace ftpull::ftp {
namespace {

constexpr size_t kNumbers = 3;  // record length, records, blocks

/// Three numbers, or of a folder three dashes, from word `at` on.
bool has_numbers(const Line& line, size_t at, bool is_folder) {
  for (size_t i = at; i < at + kNumbers; ++i) {
    if (is_folder ? line.word(i) != "-" : !is_number(line.word(i))) return false;
  }
  return true;
}

bool is_format(std::string_view word) {
  return word == "V" || word == "F";
}

/// Date and time at word `at`; z/VM writes the one, VM/CMS the other.
std::optional<EntryTime> vm_time(const Line& line, size_t at) {
  const auto clock = parse_clock(line.word(at + 1));
  auto date = parse_date(line.word(at), DateOrder::year_month_day);
  if (!date) date = parse_date(line.word(at), DateOrder::month_day_year);
  if (!clock || !date) return std::nullopt;
  return time_of(*date, clock);
}

}  // namespace

Verdict parse_vm(const Line& line, Entry& entry) {
  if (line.words() < 8 || line.begin_of(0) != 0) return Verdict::unknown;
  if (line.word(0) == "Filename" && line.word(1) == "FileType") return Verdict::heading;

  // NAME [TYPE] [MODE] V|F|DIR, three numbers, date, time, and on z/VM an owner.
  size_t format = 1;
  while (format <= 3 && !is_format(line.word(format)) && line.word(format) != "DIR") ++format;
  const bool is_folder = line.word(format) == "DIR";
  if (format > 3 || !has_numbers(line, format + 1, is_folder)) return Verdict::unknown;
  if (!is_folder && format == 1) return Verdict::unknown;
  const size_t date = format + 1 + kNumbers;
  entry.time = vm_time(line, date);
  if (!entry.time || line.words() > date + 3) return Verdict::unknown;

  entry.type = is_folder ? EntryType::folder : EntryType::file;
  entry.name = line.word(0);
  if (!is_folder) entry.name.append(".").append(line.word(1));
  return Verdict::entry;
}

}  // namespace ftpull::ftp
