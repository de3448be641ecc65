// A proxy: where it is, what it speaks, and who we are to it.
//
// Its URL is read as curl reads it: [SCHEME://][USER[:PASSWORD]@]HOST[:PORT], http without a
// scheme, port 1080 without a port (for http too), user and password percent-encoded. Whatever the
// scheme, FTP servers are reached through tunnels (SOCKS5 or HTTP CONNECT): no proxy is asked to
// speak FTP for us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

namespace ftpull::proxy {

struct Server {
  enum class Kind {
    socks5,   // names are looked up here, and it is given addresses
    socks5h,  // it is given names
    http      // CONNECT; it is given names
  };

  Kind kind = Kind::http;
  std::string host;  // IPv6 without its brackets
  uint16_t port = 1080;
  std::optional<std::string> user;  // at most 255 bytes for SOCKS5, and so the password
  std::string password;

  /// Fails with usage; the error shows neither user nor password.
  static Result<Server> parse(std::string_view url);

  bool looks_names_up() const { return kind != Kind::socks5; }
  /// "socks5h://proxy.example:1080": for people, without user and password.
  std::string text() const;
};

}  // namespace ftpull::proxy
