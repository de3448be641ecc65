#include "ftp/action.h"

#include <cassert>

namespace ftpull::ftp {

std::string command(std::string_view verb, std::string_view argument) {
  constexpr char kTelnetEscape = '\xFF';
  assert(argument.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  std::string line(verb);
  line += ' ';
  for (const char c : argument) {
    if (c == kTelnetEscape) line += c;
    line += c;
  }
  return line;
}

}  // namespace ftpull::ftp
