#include <optional>

#include "ftp/listing/dialects.h"
#include "ftp/listing/listed_time.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

constexpr std::string_view kMember = "*MEM";

/// `object` is the column that begins with '*'.
EntryType type_of(std::string_view object) {
  if (object == "*STMF" || object == "*FILE" || object == kMember) return EntryType::file;
  for (const std::string_view folder : {"*DIR", "*DDIR", "*LIB", "*FLR"}) {
    if (object == folder) return EntryType::folder;
  }
  return object == "*SYMLNK" ? EntryType::link : EntryType::other;
}

std::optional<ListedDate> os400_date(std::string_view word) {
  if (word.find('.') != word.npos) return parse_date(word, DateOrder::day_month_year);
  const auto date = parse_date(word, DateOrder::year_month_day);
  return date ? date : parse_date(word, DateOrder::month_day_year);
}

}  // namespace

Verdict parse_os400(const Line& line, Entry& entry) {
  const bool is_member = line.word(1) == kMember;
  const size_t object = is_member ? 1 : 4;
  if (line.words() < object + 2 || line.begin_of(0) != 0) return Verdict::unknown;
  if (!line.word(object).starts_with('*')) return Verdict::unknown;
  if (!is_member) {
    const auto date = os400_date(line.word(2));
    const auto clock = parse_clock(line.word(3));
    const bool unsized_member = line.word(object) == kMember;
    if (!is_number(line.word(1)) || !date || !clock || unsized_member) return Verdict::unknown;
    entry.time = time_of(*date, clock);
  }
  entry.type = type_of(line.word(object));
  if (!is_member && entry.type == EntryType::file) entry.size_bytes = size_in(line.word(1));
  entry.name = line.from(object + 1);
  return Verdict::entry;
}

}  // namespace ftpull::ftp
