#include "ftp/listing/dialects.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

/// One version pads names with three more blanks. A name that itself begins with so many is rarer.
constexpr size_t kPaddedBlanks = 4;

}  // namespace

Verdict parse_netware(const Line& line, Entry& entry) {
  const std::string_view text = line.text();
  if (!text.starts_with('d') && !text.starts_with('-')) return Verdict::unknown;
  const std::string_view rights = without_leading_blanks(text.substr(1));
  const size_t end = rights.find(']');
  if (!rights.starts_with('[') || end == rights.npos ||
      rights.substr(1, end - 1).find_first_not_of("-ACEFMRSW") != rights.npos) {
    return Verdict::unknown;
  }
  const auto columns = find_ls_columns(line, 1);
  if (!columns) return Verdict::unknown;

  entry.type = text.front() == 'd' ? EntryType::folder : EntryType::file;
  if (entry.type == EntryType::file) entry.size_bytes = size_in(line.word(columns->size));
  entry.time = columns->time;
  entry.permissions = rights.substr(0, end + 1);
  const std::string_view name = line.after(columns->last, 0);
  const size_t blanks = name.size() - without_leading_blanks(name).size();
  entry.name = blanks >= kPaddedBlanks ? name.substr(blanks) : line.after(columns->last);
  return Verdict::entry;
}

}  // namespace ftpull::ftp
