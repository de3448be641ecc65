#include "core/text.h"
#include "ftp/listing/dialects.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

/// Of the bits of a mode that tell the type, as octal digits: "100" of "0100644".
EntryType type_of(std::string_view digits) {
  if (digits == "100") return EntryType::file;
  if (digits == "040") return EntryType::folder;
  if (digits == "120") return EntryType::link;
  return EntryType::other;
}

}  // namespace

Verdict parse_unix_numeric(const Line& line, Entry& entry) {
  constexpr size_t kModeBytes = 7;
  constexpr size_t kColumns = 5;
  const std::string_view mode = line.word(0);
  if (line.words() <= kColumns || mode.size() != kModeBytes || !mode.starts_with('0') ||
      !is_made_of(mode, "01234567")) {
    return Verdict::unknown;
  }
  for (size_t i = 1; i < kColumns; ++i) {
    if (!is_number(line.word(i))) return Verdict::unknown;
  }
  const auto seconds = size_in(line.word(kColumns - 1));
  if (!seconds) return Verdict::unknown;
  entry.time = EntryTime{static_cast<int64_t>(*seconds), 0, TimePrecision::second, true};
  entry.type = type_of(mode.substr(1, 3));
  if (entry.type == EntryType::file) entry.size_bytes = size_in(line.word(3));
  entry.permissions = mode;
  entry.name = line.from(kColumns);
  return Verdict::entry;
}

}  // namespace ftpull::ftp
