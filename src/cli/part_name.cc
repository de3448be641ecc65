#include "cli/part_name.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::cli {
namespace {

bool is_plain(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("_-./:@%+=,").find(c) != std::string_view::npos;
}

std::string replace_each(std::string_view text, char what, std::string_view by) {
  std::string out;
  for (const char c : text) {
    if (c == what) {
      out += by;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  const size_t no_limit = text.size() * 4;  // every byte as \xNN
  if (for_display(text, no_limit) == text) {
    return fmt::format("'{}'", replace_each(text, '\'', "'\\''"));
  }
  // Backslashes and quotes first: those that for_display() adds are meant for the shell.
  const std::string escaped = replace_each(replace_each(text, '\\', "\\\\"), '\'', "\\'");
  return fmt::format("$'{}'", for_display(escaped, 2 * no_limit));
}

}  // namespace ftpull::cli
