#include "ftp/listing/dialects.h"
#include "ftp/listing/listed_time.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {

Verdict parse_vxworks(const Line& line, Entry& entry) {
  constexpr std::string_view kFolder = "<DIR>";
  const std::string_view word = line.word(1);
  const size_t first = word.find('-');
  const size_t second = word.rfind('-');
  if (line.words() < 4 || !is_number(line.word(0)) || first == second) return Verdict::unknown;
  const auto month = parse_month(word.substr(0, first));
  const auto day = parse_day(word.substr(first + 1, second - first - 1));
  const auto year = parse_year(word.substr(second + 1));
  const auto clock = parse_clock(line.word(2));
  if (!month || !day || !year || !clock) return Verdict::unknown;
  entry.time = time_of({*year, *month, *day}, clock);
  if (!entry.time) return Verdict::unknown;

  std::string_view name = line.from(3);
  entry.type = EntryType::file;
  if (name.ends_with(kFolder)) {
    entry.type = EntryType::folder;
    name.remove_suffix(kFolder.size());
    while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
  } else {
    entry.size_bytes = size_in(line.word(0));
  }
  entry.name = name;
  return Verdict::entry;
}

}  // namespace ftpull::ftp
