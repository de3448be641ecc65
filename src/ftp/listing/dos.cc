// The dialects of DOS and its heirs: IIS, OS/2, Chameleon.
#include <optional>

#include "ftp/listing/dialects.h"
#include "ftp/listing/listed_time.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

constexpr std::string_view kFolder = "<DIR>";
constexpr std::string_view kJunction = "<JUNCTION>";

/// Where IIS has its columns after the time: the next one begins here, with a clock of 12 or of 24
/// hours, takes so much with the blanks before a name, and a size ends there.
constexpr size_t kTypeColumn = 7;
constexpr size_t kTypeColumn24 = 9;
constexpr size_t kTypeWidth = 15;
constexpr size_t kSizeEnd = 21;
constexpr size_t kSizeEnd24 = 23;

/// The text after size or type, word 2. Only where the columns are those of IIS can a name's own
/// leading blanks be told from those between columns.
std::string_view dos_name(const Line& line) {
  const size_t clock_end = line.end_of(1);
  const size_t begin = line.begin_of(2) - clock_end;
  const size_t end = line.end_of(2) - clock_end;
  const std::string_view rest = line.after(2, 0);
  const std::string_view name = without_leading_blanks(rest);
  const size_t blanks = rest.size() - name.size();
  if (line.word(2).front() != '<') {
    return end == kSizeEnd || end == kSizeEnd24 ? line.after(2) : name;
  }
  const bool is_column = begin == kTypeColumn || begin == kTypeColumn24;
  const size_t width = end - begin;
  if (!is_column || width + blanks < kTypeWidth) return name;
  return line.after(2, kTypeWidth - width);
}

void split_junction(std::string_view text, Entry& entry) {
  constexpr size_t kArrowBytes = 4;
  size_t arrow = text.find(" -> ");
  if (arrow == text.npos) arrow = text.find(" => ");
  entry.name = text.substr(0, arrow);
  if (arrow != text.npos) entry.target = text.substr(arrow + kArrowBytes);
}

}  // namespace

Verdict parse_dos(const Line& line, Entry& entry) {
  if (line.words() < 3 || line.begin_of(0) != 0) return Verdict::unknown;
  constexpr size_t kYearFirstBytes = 10;  // only when the year has four digits
  const bool year_first =
      line.word(0).size() == kYearFirstBytes && is_number(line.word(0).substr(0, 4));
  const auto date =
      parse_date(line.word(0), year_first ? DateOrder::year_month_day : DateOrder::month_day_year);
  const auto clock = parse_clock(line.word(1));
  if (!date || !clock) return Verdict::unknown;
  entry.time = time_of(*date, clock);

  const std::string_view kind = line.word(2);
  const std::string_view name = dos_name(line);
  if (kind == kFolder) {
    entry.type = EntryType::folder;
    entry.name = name;
  } else if (kind == kJunction || kind == "<SYMLINK>" || kind == "<SYMLINKD>") {
    entry.type = EntryType::link;
    split_junction(name, entry);
  } else if (is_number(kind.substr(0, 1)) && is_made_of(kind, "0123456789,.")) {
    entry.type = EntryType::file;
    entry.size_bytes = size_in(kind);
    entry.name = name;
  } else {
    return Verdict::unknown;
  }
  return Verdict::entry;
}

Verdict parse_os2(const Line& line, Entry& entry) {
  constexpr size_t kMostAttributes = 2;  // "RSA DIR"
  constexpr size_t kBlanksBeforeName = 2;
  if (!is_number(line.word(0))) return Verdict::unknown;
  size_t at = 1;
  entry.type = EntryType::file;
  for (; at <= kMostAttributes && is_made_of(line.word(at), kCapitals); ++at) {
    if (line.word(at) == "DIR") entry.type = EntryType::folder;
  }
  const auto date = parse_date(line.word(at), DateOrder::month_day_year);
  const auto clock = parse_clock(line.word(at + 1));
  if (!date || !clock) return Verdict::unknown;
  entry.time = time_of(*date, clock);
  if (entry.type == EntryType::file) entry.size_bytes = size_in(line.word(0));
  entry.name = line.after(at + 1, kBlanksBeforeName);
  return Verdict::entry;
}

Verdict parse_chameleon(const Line& line, Entry& entry) {
  if (line.words() < 4 || line.begin_of(0) != 0) return Verdict::unknown;
  const bool is_folder = line.word(1) == kFolder;
  if (!is_folder && !is_number(line.word(1))) return Verdict::unknown;
  size_t at = 3;
  auto date = parse_date(line.word(2), DateOrder::month_day_year);
  if (!date) {
    const auto month = parse_month(line.word(2));
    const auto day = parse_day(line.word(3));
    const auto year = parse_year(line.word(4));
    if (!month || !day || !year) return Verdict::unknown;
    date = ListedDate{*year, *month, *day};
    at = 5;
  }
  const auto clock = parse_clock(line.word(at));
  const bool has_attributes = line.words() == at + 2 && is_made_of(line.word(at + 1), "RHSA");
  if (!clock || (line.words() != at + 1 && !has_attributes)) return Verdict::unknown;
  entry.time = time_of(*date, clock);
  if (!entry.time) return Verdict::unknown;
  entry.type = is_folder ? EntryType::folder : EntryType::file;
  if (!is_folder) entry.size_bytes = size_in(line.word(1));
  entry.name = line.word(0);
  if (has_attributes) entry.permissions = line.word(at + 1);
  return Verdict::entry;
}

}  // namespace ftpull::ftp
