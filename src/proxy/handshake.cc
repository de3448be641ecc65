#include "proxy/handshake.h"

#include <fmt/format.h>

#include "core/text.h"
#include "proxy/http_connect.h"
#include "proxy/socks5.h"

namespace ftpull::proxy {

std::string Target::text() const {
  return fmt::format("{}{}{}:{}", is_ipv6() ? "[" : "", host, is_ipv6() ? "]" : "", port);
}

Error Handshake::refused_login() const {
  if (!server_.user) {
    return {ErrorKind::login,
            fmt::format("the proxy {} wants a user and a password", server_.text()),
            {},
            "Write them before its host: --proxy SCHEME://USER:PASSWORD@HOST:PORT"};
  }
  return {ErrorKind::login,
          fmt::format("the proxy {} refuses user and password", server_.text()),
          {},
          "Check them in the proxy's URL; what they have of :/@% is written as %3A %2F %40 %25"};
}

Error Handshake::refused_target(std::string_view why, std::string hint) const {
  return {ErrorKind::network,
          fmt::format("the proxy {} does not connect to {}: {}", server_.text(),
                      for_display(target_.text()), why),
          {},
          std::move(hint)};
}

Error Handshake::broken(std::string_view what) const {
  return {ErrorKind::protocol,
          fmt::format("the proxy {} {}", server_.text(), what),
          {},
          "Check that its URL has the right scheme and port"};
}

std::unique_ptr<Handshake> make_handshake(const Server& server, Target target) {
  if (server.kind == Server::Kind::http) {
    return std::make_unique<HttpConnect>(server, std::move(target));
  }
  return std::make_unique<Socks5>(server, std::move(target));
}

}  // namespace ftpull::proxy
