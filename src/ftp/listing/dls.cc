#include "ftp/listing/dialects.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

constexpr size_t kSizeEnd = 23;

/// Two lines that were joined, with a blank between, have the size in its column of the second.
bool is_in_its_column(const Line& line) {
  return line.end_of(1) == kSizeEnd || line.end_of(1) == line.end_of(0) + 1 + kSizeEnd;
}

}  // namespace

Verdict parse_dls(const Line& line, Entry& entry) {
  if (line.words() == 0 || line.begin_of(0) != 0) return Verdict::unknown;
  if (line.words() == 1) return Verdict::first_half;
  const std::string_view size = line.word(1);
  const bool no_size = size == "-" || size == "=";
  const std::string_view rest = line.after(1, 0);
  if ((!no_size && !is_number(size)) || !is_in_its_column(line) ||
      !(rest.empty() || rest.starts_with("  "))) {
    return Verdict::unknown;
  }

  size_t description = 2;
  if (const auto date = parse_ls_date(line, description)) {
    entry.time = date->time;
    description += date->words;
  }
  entry.name = line.word(0);
  if (entry.name.ends_with('/')) {
    entry.type = EntryType::folder;
  } else if (line.word(description) == "->") {
    entry.type = EntryType::link;
    entry.target = line.after(description);
  } else {
    entry.type = EntryType::file;
    if (!no_size) entry.size_bytes = size_in(size);
  }
  return Verdict::entry;
}

}  // namespace ftpull::ftp
