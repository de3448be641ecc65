// An FTP URL (RFC 1738 section 3.2, RFC 3986), taken apart.
//
// Refuses anything that could inject a command (percent-encoded or raw CR, LF, NUL and other
// control characters in user, password, host or path), other schemes, port 0 or above 65535, an
// escape that is not two hex digits. Blanks around the text do not matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

namespace ftpull {

struct Url {
  enum class Scheme { ftp, ftps };

  Scheme scheme = Scheme::ftp;
  std::string host;  // name or address, lower case, IPv6 without its brackets (a zone id stays)
  uint16_t port = 21;
  std::optional<std::string> user;      // percent-decoded
  std::optional<std::string> password;  // percent-decoded
  // Percent-decoded bytes as RETR takes them: relative to the login folder, or absolute when the
  // URL begins it with %2F or a second slash. Components written "." and ".." are resolved (RFC
  // 3986), "%2E" ones are names; several slashes in a row are one, as curl sends them; '?' is of
  // the name, '#' ends it.
  std::string path;
  char type = '\0';  // of ";type=": 'a', 'i', 'd', or '\0' when not given

  /// Fails with usage. The error shows no user name or password.
  static Result<Url> parse(std::string_view text);

  /// Does the URL name a folder (empty path, trailing slash, last component "." or "..",
  /// ";type=d")?
  bool is_folder() const;

  /// The last path component, the default name of the local file. Never "." or "..", never with a
  /// slash; empty for a folder that is not told by ";type=d" alone.
  std::string file_name() const;

  /// Percent-encoded again, user kept, password left out: for messages, logs, journals.
  /// parse() of it gives the same URL but for the password.
  std::string without_password() const;
};

}  // namespace ftpull
