#include <algorithm>
#include <array>

#include "core/text.h"
#include "ftp/listing/dialects.h"

namespace ftpull::ftp {
namespace {

/// "total" as `ls` has it in the languages of listed_time.cc.
constexpr std::array<std::string_view, 9> kTotals = {
    "total", "insgesamt", "totale", "totaal", "totalt", "razem", "итого", "合計", "总用量"};

/// "12", "12K", "4.0K"
bool is_amount(std::string_view word) {
  return !word.empty() && word.front() >= '0' && word.front() <= '9' &&
         word.find_first_not_of("0123456789.,KMGTkB") == word.npos;
}

bool is_total(const Line& line) {
  const bool totals =
      std::find(kTotals.begin(), kTotals.end(), to_lower(line.word(0))) != kTotals.end();
  return totals && line.words() == 2 && is_amount(line.word(1));
}

/// VMS: "Directory USER1:[TEMP]", "DISK$ANONFTP:[ANONYMOUS]", "Total of 11 files, 17 blocks.".
bool is_vms_heading(const Line& line) {
  const std::string_view last = line.last_word();
  const bool names_folder = last.find(":[") != last.npos && last.ends_with(']');
  if (names_folder) return line.words() == 1 || line.word(0) == "Directory";
  const size_t first = line.word(0) == "Grand" ? 1 : 0;
  const size_t number = line.word(first + 1) == "of" ? first + 2 : first + 1;
  return equals_ignoring_case(line.word(first), "total") && is_number(line.word(number)) &&
         contains_ignoring_case(line.word(number + 1), "file");
}

}  // namespace

Verdict parse_heading(const Line& line, Entry&) {
  const bool heading = line.words() == 0 || is_total(line) || is_vms_heading(line);
  return heading ? Verdict::heading : Verdict::unknown;
}

}  // namespace ftpull::ftp
