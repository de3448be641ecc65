#include "transfer/permissions.h"

#include <algorithm>

namespace ftpull::transfer {
namespace {

constexpr unsigned kAll = 0777;
constexpr size_t kLetters = 9;

std::optional<unsigned> parse_octal(std::string_view digits) {
  unsigned number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return std::nullopt;
    number = number * 8 + static_cast<unsigned>(c - '0');
  }
  return number & kAll;
}

/// A letter of "rwx" in its place: 's' and 't' stand for an 'x' and more, 'S' and 'T' for more
/// only.
std::optional<bool> is_set(char letter, char place) {
  if (letter == '-') return false;
  if (letter == place) return true;
  if (place != 'x') return std::nullopt;
  if (letter == 's' || letter == 't') return true;
  if (letter == 'S' || letter == 'T') return false;
  return std::nullopt;
}

}  // namespace

std::optional<unsigned> parse_permissions(std::string_view text) {
  constexpr size_t kMostDigits = 6;
  if (text.size() >= 3 && text.size() <= kMostDigits && text.front() >= '0' &&
      text.front() <= '7') {
    return parse_octal(text);
  }
  // The type stands before them, a mark of other rights behind them.
  const size_t begin = text.size() > kLetters ? 1 : 0;
  if (text.size() < begin + kLetters) return std::nullopt;
  unsigned number = 0;
  for (size_t i = 0; i < kLetters; ++i) {
    const auto bit = is_set(text[begin + i], "rwx"[i % 3]);
    if (!bit) return std::nullopt;
    number = number * 2 + (*bit ? 1 : 0);
  }
  return number;
}

}  // namespace ftpull::transfer
