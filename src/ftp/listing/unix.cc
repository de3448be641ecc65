#include <optional>

#include "core/text.h"
#include "ftp/listing/dialects.h"
#include "ftp/listing/ls_columns.h"

namespace ftpull::ftp {
namespace {

constexpr size_t kTripletLetters = 3;
constexpr size_t kMostTriplets = 3;
constexpr std::string_view kArrow = " -> ";

/// "f" is what one server has in place of "-".
std::optional<EntryType> type_of(char letter) {
  switch (letter) {
    case '-':
    case 'f':
      return EntryType::file;
    case 'd':
      return EntryType::folder;
    case 'l':
      return EntryType::link;
    case 'b':
    case 'c':
    case 'p':
    case 's':
    case 'D':
      return EntryType::other;
    default:
      return std::nullopt;
  }
}

bool is_triplet(std::string_view letters) {
  constexpr std::string_view kExecute = "-xsStTlL";
  return (letters[0] == 'r' || letters[0] == '-') && (letters[1] == 'w' || letters[1] == '-') &&
         kExecute.find(letters[2]) != kExecute.npos;
}

/// How long the mode is that `word` begins with, 0 without one. After it may follow a mark of an
/// access list, with the link count hanging on it ("drwxr-x---+1464").
size_t mode_length(std::string_view word) {
  size_t triplets = 0;
  size_t end = 1;
  while (triplets < kMostTriplets && end + kTripletLetters <= word.size() &&
         is_triplet(word.substr(end, kTripletLetters))) {
    ++triplets;
    end += kTripletLetters;
  }
  constexpr std::string_view kMarks = "+.@";
  const std::string_view rest = word.substr(end);
  const bool marked = !rest.empty() && kMarks.find(rest.front()) != kMarks.npos &&
                      (rest.size() == 1 || is_number(rest.substr(1)));
  return triplets > 0 && (rest.empty() || marked) ? end : 0;
}

/// "-C--E-----FTP" of Connect:Enterprise, letters of the batch's state.
size_t batch_mode_length(std::string_view word) {
  constexpr size_t kLength = 10;
  const bool fits =
      word.size() == kLength + 3 && word.front() == '-' && word.ends_with("FTP") &&
      word.substr(1, kLength - 1).find_first_not_of("-ABCDEFGHIJKLMNOPQRSTUVWXYZ") == word.npos;
  return fits ? kLength : 0;
}

/// With several arrows the size tells which one it is, being the length of the target.
void split_link(std::string_view text, std::optional<uint64_t> size, Entry& entry) {
  const size_t first = text.find(kArrow);
  size_t arrow = first;
  while (arrow != text.npos && text.size() - arrow - kArrow.size() != size) {
    arrow = text.find(kArrow, arrow + 1);
  }
  if (arrow == text.npos) arrow = first;
  entry.name = text.substr(0, arrow);
  if (arrow != text.npos) entry.target = text.substr(arrow + kArrow.size());
}

}  // namespace

Verdict parse_unix(const Line& line, Entry& entry) {
  const std::string_view word = line.word(0);
  if (word.empty() || line.begin_of(0) != 0) return Verdict::unknown;
  const auto type = type_of(word.front());
  if (!type) return Verdict::unknown;
  const size_t mode = mode_length(word) != 0 ? mode_length(word) : batch_mode_length(word);
  if (mode == 0) return Verdict::unknown;
  const auto columns = find_ls_columns(line, 1);
  if (!columns) return Verdict::unknown;

  entry.type = *type;
  entry.permissions = word.substr(0, mode);
  entry.time = columns->time;
  const auto size = size_in(line.word(columns->size));
  const std::string_view name = line.after(columns->last);
  if (*type == EntryType::file) entry.size_bytes = size;
  if (*type == EntryType::link) {
    split_link(name, size, entry);
  } else {
    entry.name = name;
  }
  return Verdict::entry;
}

}  // namespace ftpull::ftp
