#include "ftp/listing/line.h"

namespace ftpull::ftp {

Line::Line(std::string_view text, int64_t now_unix_seconds, bool dialect_known)
    : text_(text), now_(now_unix_seconds), dialect_known_(dialect_known) {
  size_t at = 0;
  while (count_ < kMaxWords) {
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at == text.size()) break;
    begins_[count_] = static_cast<uint32_t>(at);
    while (at < text.size() && !is_blank(text[at])) ++at;
    ends_[count_++] = static_cast<uint32_t>(at);
  }
}

bool is_made_of(std::string_view word, std::string_view set) {
  return !word.empty() && word.find_first_not_of(set) == word.npos;
}

bool is_number(std::string_view word) {
  return is_made_of(word, kDigits);
}

std::string_view without_leading_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

}  // namespace ftpull::ftp
