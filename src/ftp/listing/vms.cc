#include <algorithm>
#include <optional>

#include "core/text.h"
#include "ftp/listing/dialects.h"
#include "ftp/listing/listed_time.h"

namespace ftpull::ftp {
namespace {

/// "9" or "9/12": used and allocated blocks. What a file has of bytes they do not tell.
bool is_blocks(std::string_view word) {
  const size_t slash = word.find('/');
  return is_number(word.substr(0, slash)) &&
         (slash == word.npos || is_number(word.substr(slash + 1)));
}

/// "2-JUN-1998"
std::optional<ListedDate> vms_date(std::string_view word) {
  const size_t first = word.find('-');
  const size_t second = word.rfind('-');
  if (first == word.npos || first == second) return std::nullopt;
  const auto day = parse_day(word.substr(0, first));
  const auto month = parse_month(word.substr(first + 1, second - first - 1));
  const auto year = parse_year(word.substr(second + 1));
  if (!day || !month || !year) return std::nullopt;
  return ListedDate{*year, *month, *day};
}

/// What follows date and time: "[GROUP,OWNER]   (RWED,RWED,RE,)", or a part of that. An owner may
/// be cut, without its ']'.
std::optional<std::string_view> protection_in(std::string_view rest) {
  rest = trim(rest);
  if (rest.empty()) return rest;
  const size_t open = rest.find('(');
  if (rest.front() != '[' && open != 0) return std::nullopt;
  if (open == rest.npos) return std::string_view();
  const std::string_view protection = rest.substr(open);
  if (!protection.ends_with(')') || protection.size() < 2) return std::nullopt;
  const std::string_view letters = protection.substr(1, protection.size() - 2);
  if (letters.find_first_not_of("RWED,") != letters.npos) return std::nullopt;
  return protection;
}

}  // namespace

Verdict parse_vms(const Line& line, Entry& entry) {
  constexpr size_t kMostVersionDigits = 5;  // up to 32767
  const std::string_view word = line.word(0);
  const size_t semicolon = word.rfind(';');
  if (semicolon == word.npos || line.begin_of(0) != 0) return Verdict::unknown;
  const std::string_view version = word.substr(semicolon + 1);
  if (!is_number(version) || version.size() > kMostVersionDigits) return Verdict::unknown;
  if (line.words() == 1) return Verdict::first_half;

  const auto date = vms_date(line.word(2));
  const auto clock = parse_clock(line.word(3));
  if (!is_blocks(line.word(1)) || !date) return Verdict::unknown;
  const auto protection = protection_in(line.after(clock ? 3 : 2, 0));
  entry.time = time_of(*date, clock);
  if (!protection || !entry.time) return Verdict::unknown;

  constexpr std::string_view kFolderSuffix = ".DIR";
  std::string_view name = word.substr(0, semicolon);
  const size_t stem = name.size() - std::min(name.size(), kFolderSuffix.size());
  entry.type = EntryType::file;
  if (stem > 0 && equals_ignoring_case(name.substr(stem), kFolderSuffix)) {
    entry.type = EntryType::folder;
    name = name.substr(0, stem);
  }
  entry.name = name;
  entry.permissions = *protection;
  entry.version = static_cast<unsigned>(*parse_decimal(version));
  return Verdict::entry;
}

}  // namespace ftpull::ftp
