#include "ftpull/error.h"

#include <utility>

#include <fmt/format.h>

namespace ftpull {

tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string reply,
                           std::string hint) {
  return tl::make_unexpected(Error{kind, std::move(message), std::move(reply), std::move(hint)});
}

std::string_view error_kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::some_failed:
      return "some_failed";
    case ErrorKind::network:
      return "network";
    case ErrorKind::protocol:
      return "protocol";
    case ErrorKind::busy:
      return "busy";
    case ErrorKind::login:
      return "login";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::disk:
      return "disk";
    case ErrorKind::no_restart:
      return "no_restart";
    case ErrorKind::changed:
      return "changed";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::tls:
      return "tls";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "unknown";
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::some_failed:
      return 1;
    case ErrorKind::usage:
      return 2;
    case ErrorKind::network:
    case ErrorKind::protocol:
    case ErrorKind::busy:
      return 3;
    case ErrorKind::login:
      return 4;
    case ErrorKind::not_found:
      return 5;
    case ErrorKind::disk:
      return 6;
    case ErrorKind::no_restart:
    case ErrorKind::changed:
    case ErrorKind::corrupt:
      return 7;
    case ErrorKind::tls:
      return 8;
    case ErrorKind::interrupted:
      return 130;
  }
  return 1;
}

std::string describe(const Error& error) {
  std::string text = error.message;
  if (!error.reply.empty()) text += fmt::format("; the server said \"{}\"", error.reply);
  if (!error.hint.empty()) text += fmt::format(". {}", error.hint);
  return text;
}

}  // namespace ftpull
