// The listings of z/OS and its forerunners: data sets, their members, and jobs.
#include <algorithm>
#include <array>
#include <string_view>

#include "core/text.h"
#include "ftp/listing/dialects.h"
#include "ftp/listing/listed_time.h"

namespace ftpull::ftp {
namespace {

constexpr std::string_view kNameLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@#$-{";

/// What stands in place of the columns of a data set that has none of them. There are two words.
bool is_without_columns(const Line& line) {
  constexpr size_t kGap = 4;  // with less it would be any text
  const size_t last = line.words() - 1;
  if (line.words() == 4 && line.word(2) == "VSAM") return true;
  if (line.begin_of(last) - line.end_of(last - 1) < kGap) return false;
  return (line.words() == 2 && line.word(0) == "Migrated") ||
         (line.words() == 3 && line.word(1) == "Tape") ||
         (line.words() == 6 &&
          line.text().find(" Not Direct Access Device ") != std::string_view::npos);
}

bool is_data_set(const Line& line) {
  constexpr std::array<std::string_view, 8> kOrganisations = {"PS", "PO",   "PO-E", "PS-E",
                                                              "DA", "PS-L", "POU",  "PSU"};
  // Extents and tracks may have grown together ("115807").
  if (line.words() != 9 && line.words() != 10) return false;
  const std::string_view date = line.word(2);
  const auto organisation = line.word(line.words() - 2);
  return (parse_date(date, DateOrder::year_month_day) || date == "**NONE**") &&
         std::find(kOrganisations.begin(), kOrganisations.end(), organisation) !=
             kOrganisations.end();
}

}  // namespace

Verdict parse_mvs_data_set(const Line& line, Entry& entry) {
  if (line.words() < 2 || line.begin_of(0) != 0) return Verdict::unknown;
  if (line.text().starts_with("Volume Unit") && line.last_word() == "Dsname") {
    return Verdict::heading;
  }
  const bool bare = is_without_columns(line);
  if (!bare && !is_data_set(line)) return Verdict::unknown;
  const bool partitioned = !bare && line.word(line.words() - 2).starts_with("PO");
  entry.type = partitioned ? EntryType::folder : EntryType::file;
  entry.name = line.last_word();
  return Verdict::entry;
}

Verdict parse_mvs_member(const Line& line, Entry& entry) {
  constexpr size_t kMostLetters = 8;
  if (line.words() == 0 || line.begin_of(0) != 0) return Verdict::unknown;
  if (line.word(0) == "Name" && line.word(1) == "VV.MM") return Verdict::heading;
  const std::string_view name = line.word(0);
  if (name.size() > kMostLetters || !is_made_of(name, kNameLetters)) return Verdict::unknown;
  entry.type = EntryType::file;
  entry.name = name;
  if (line.words() == 1) return line.dialect_known() ? Verdict::entry : Verdict::unknown;

  const std::string_view version = line.word(1);
  const size_t point = version.find('.');
  const auto created = parse_date(line.word(2), DateOrder::year_month_day);
  const auto changed = parse_date(line.word(3), DateOrder::year_month_day);
  const auto clock = parse_clock(line.word(4));
  if (point == version.npos || !is_number(version.substr(0, point)) ||
      !is_number(version.substr(point + 1)) || !created || !changed || !clock) {
    return Verdict::unknown;
  }
  entry.time = time_of(*changed, clock);
  return Verdict::entry;
}

Verdict parse_mvs_job(const Line& line, Entry& entry) {
  const size_t words = line.words();
  if (line.word(0) == "JOBNAME" && line.word(1) == "JOBID") return Verdict::heading;
  const std::string_view job = line.word(1);
  const size_t digits = std::min(job.find_first_of(kDigits), job.size());
  const bool spooled = words >= 6 && is_number(line.word(words - 3)) &&
                       equals_ignoring_case(line.word(words - 2), "spool") &&
                       equals_ignoring_case(line.word(words - 1), "files");
  if (!spooled || !is_made_of(job.substr(0, digits), kCapitals) || !is_number(job.substr(digits))) {
    return Verdict::unknown;
  }
  entry.type = EntryType::file;
  entry.name = job;
  return Verdict::entry;
}

}  // namespace ftpull::ftp
