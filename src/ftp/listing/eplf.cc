#include "core/text.h"
#include "ftp/listing/dialects.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

/// Says whether it can be read. Facts that are not of use are passed over.
bool take_fact(std::string_view fact, Entry& entry) {
  if (fact == "/") {
    entry.type = EntryType::folder;
  } else if (fact == "r") {
    entry.type = EntryType::file;
  } else if (fact.starts_with('s')) {
    entry.size_bytes = size_in(fact.substr(1));
    return is_number(fact.substr(1));
  } else if (fact.starts_with('m')) {
    const auto seconds = size_in(fact.substr(1));
    if (!seconds) return false;
    entry.time = EntryTime{static_cast<int64_t>(*seconds), 0, TimePrecision::second, true};
  } else if (fact.starts_with("up")) {
    entry.permissions = fact.substr(2);
  }
  return true;
}

}  // namespace

Verdict parse_eplf(const Line& line, Entry& entry) {
  const std::string_view text = line.text();
  const size_t tab = text.find('\t');
  if (!text.starts_with('+') || tab == text.npos) return Verdict::unknown;
  std::string_view facts = text.substr(1, tab - 1);
  while (!facts.empty()) {
    const size_t comma = facts.find(',');
    if (!take_fact(facts.substr(0, comma), entry)) return Verdict::unknown;
    facts.remove_prefix(comma == facts.npos ? facts.size() : comma + 1);
  }
  if (entry.type != EntryType::file) entry.size_bytes.reset();
  entry.name = text.substr(tab + 1);
  return Verdict::entry;
}

}  // namespace ftpull::ftp
