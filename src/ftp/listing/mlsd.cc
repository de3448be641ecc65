#include "ftp/listing/mlsd.h"

#include "core/text.h"
#include "ftp/listing/listed_time.h"
#include "ftp/timestamp.h"

namespace ftpull::ftp {
namespace {

/// What a fact says of its line.
enum class Fact { known, not_used, own_folder, unreadable };

Fact take_type(std::string_view value, Entry& entry) {
  const std::string type = to_lower(value);
  if (type == "file") {
    entry.type = EntryType::file;
  } else if (type == "dir") {
    entry.type = EntryType::folder;
  } else if (type == "cdir" || type == "pdir") {
    entry.type = EntryType::folder;
    return Fact::own_folder;
  } else if (type.starts_with("os.unix=slink") || type.starts_with("os.unix=symlink")) {  // L13
    entry.type = EntryType::link;
    const size_t colon = value.find(':');
    if (colon != value.npos) entry.target = value.substr(colon + 1);
  } else if (type.starts_with("os.") || type == "unknown") {
    entry.type = EntryType::other;
  } else {
    return Fact::unreadable;
  }
  return Fact::known;
}

Fact take_size(std::string_view value, Entry& entry) {
  if (!is_number(value)) return Fact::unreadable;
  const auto size = parse_decimal(value);
  if (size && *size <= INT64_MAX) entry.size_bytes = size;
  return Fact::known;
}

Fact take_time(std::string_view value, Entry& entry) {
  const size_t point = value.find('.');
  const auto seconds = parse_time_val(value.substr(0, point));
  if (!seconds) return Fact::unreadable;
  EntryTime time{*seconds, 0, TimePrecision::second, true};
  if (point != value.npos) {
    const auto nanoseconds = parse_fraction(value.substr(point));
    if (!nanoseconds) return Fact::unreadable;
    time.nanoseconds = *nanoseconds;
    time.precision = TimePrecision::fraction;
  }
  entry.time = time;
  return Fact::known;
}

Fact take_fact(std::string_view name, std::string_view value, Entry& entry) {
  if (value.empty()) return Fact::not_used;
  if (equals_ignoring_case(name, "type")) return take_type(value, entry);
  if (equals_ignoring_case(name, "size")) return take_size(value, entry);
  if (equals_ignoring_case(name, "modify")) return take_time(value, entry);
  if (equals_ignoring_case(name, "unix.mode")) {
    entry.permissions = value;
    return Fact::known;
  }
  if (equals_ignoring_case(name, "perm")) {
    if (entry.permissions.empty()) entry.permissions = value;
    return Fact::known;
  }
  return Fact::not_used;
}

/// The first blank, but for those in a link's target (Pure-FTPd 1.0.50).
size_t end_of_facts(std::string_view text) {
  const size_t blank = text.find_first_of(" \t");
  const std::string_view facts = text.substr(0, blank);
  if (facts.ends_with(';') || to_lower(facts).find("os.unix=slink:") == facts.npos) return blank;
  const size_t end = text.find("; ");
  return end == text.npos ? blank : end + 1;
}

}  // namespace

Verdict parse_facts(std::string_view facts, Entry& entry) {
  const bool closed = facts.ends_with(';');
  bool any_known = false;
  bool own_folder = false;
  if (closed) facts.remove_suffix(1);
  while (true) {
    const size_t end = facts.find(';');
    const std::string_view fact = facts.substr(0, end);
    const size_t sign = fact.find('=');
    if (sign == fact.npos || sign == 0) return Verdict::unknown;
    const Fact found = take_fact(fact.substr(0, sign), fact.substr(sign + 1), entry);
    if (found == Fact::unreadable) return Verdict::unknown;
    any_known |= found != Fact::not_used;
    own_folder |= found == Fact::own_folder;
    if (end == facts.npos) break;
    facts.remove_prefix(end + 1);
  }
  if (entry.type != EntryType::file) entry.size_bytes.reset();
  if (own_folder) return Verdict::own_folder;
  return closed || any_known ? Verdict::entry : Verdict::unknown;
}

Verdict parse_mlsd(const Line& line, Entry& entry) {
  const std::string_view text = line.text();
  const size_t blank = end_of_facts(text);
  if (blank == text.npos) return Verdict::unknown;
  entry.name = text.substr(blank + 1);
  if (blank == 0) return line.dialect_known() ? Verdict::entry : Verdict::unknown;
  return parse_facts(text.substr(0, blank), entry);
}

}  // namespace ftpull::ftp
