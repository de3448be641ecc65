#include "net/socket_error.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace ftpull::net {

bool is_want_of_room(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

Error socket_error(std::string_view what, int code) {
  Error error{ErrorKind::network, fmt::format("{}: {}", what, strerror(code)), {}, {}};
  if (is_want_of_room(code)) {
    error.kind = ErrorKind::busy;
    error.hint = "Use fewer connections (-n), or allow more open files (ulimit -n)";
  }
  return error;
}

}  // namespace ftpull::net
