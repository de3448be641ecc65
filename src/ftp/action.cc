#include "ftp/action.h"

#include <cassert>

namespace ftpull::ftp {

std::string command(std::string_view verb, std::string_view argument, Iac iac) {
  assert(argument.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  return std::string(verb) + ' ' + with_iac(argument, iac);
}

}  // namespace ftpull::ftp
