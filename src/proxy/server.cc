#include "proxy/server.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::proxy {
namespace {

constexpr size_t kMaxUrlBytes = 2048;        // a host, a user and a password of 255 bytes, encoded
constexpr size_t kMaxSocksLoginBytes = 255;  // RFC 1929: lengths are one byte

tl::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::usage, std::move(message), {},
              "Write socks5h://HOST:PORT, socks5://HOST:PORT or http://HOST:PORT, with "
              "USER:PASSWORD@ before HOST where it wants them; or use --proxy none");
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] != '%') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const std::string_view digits = text.substr(1, 2);
    const char* const end = digits.data() + digits.size();
    unsigned char byte = 0;
    const auto read = std::from_chars(digits.data(), end, byte, 16);
    if (digits.size() != 2 || read.ec != std::errc() || read.ptr != end) return std::nullopt;
    out += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return out;
}

Status take_scheme(std::string_view scheme, Server& server) {
  const std::string name = to_lower(scheme);
  if (name == "http") {
    server.kind = Server::Kind::http;
  } else if (name == "socks5") {
    server.kind = Server::Kind::socks5;
  } else if (name == "socks5h") {
    server.kind = Server::Kind::socks5h;
  } else {
    return refuse(fmt::format("the proxy's scheme \"{}\" is not supported", for_display(name, 20)));
  }
  return {};
}

Status take_login(std::string_view text, Server& server) {
  const size_t colon = text.find(':');
  const auto user = decode(text.substr(0, colon));
  const auto password = decode(colon == text.npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password) {
    return refuse("user and password in the proxy's URL are not percent-encoded");
  }
  const bool is_socks = server.kind != Server::Kind::http;
  if (is_socks && std::max(user->size(), password->size()) > kMaxSocksLoginBytes) {
    return refuse(fmt::format("user or password in the proxy's URL has more than {} bytes",
                              kMaxSocksLoginBytes));
  }
  server.user = *user;
  server.password = *password;
  return {};
}

/// Empty, or with its ':'.
bool take_port(std::string_view text, Server& server) {
  if (text.empty()) return true;
  const auto port = parse_decimal(text.substr(1));
  if (text[0] != ':' || !port || *port == 0 || *port > UINT16_MAX) return false;
  server.port = static_cast<uint16_t>(*port);
  return true;
}

bool take_place(std::string_view text, Server& server) {
  const bool is_literal = text.starts_with('[');
  const size_t end = text.find(is_literal ? ']' : ':');
  if (is_literal && end == text.npos) return false;
  server.host = is_literal ? text.substr(1, end - 1) : text.substr(0, end);
  const bool clean = std::none_of(server.host.begin(), server.host.end(), [](unsigned char c) {
    return c <= ' ' || c == 0x7F || c == '[' || c == ']';
  });
  if (server.host.empty() || !clean) return false;
  const size_t port_at = is_literal ? end + 1 : std::min(end, text.size());
  return take_port(text.substr(port_at), server);
}

std::string_view scheme_of(Server::Kind kind) {
  switch (kind) {
    case Server::Kind::socks5:
      return "socks5";
    case Server::Kind::socks5h:
      return "socks5h";
    case Server::Kind::http:
      return "http";
  }
  return {};
}

}  // namespace

Result<Server> Server::parse(std::string_view url) {
  Server server;
  url = trim(url);
  if (url.size() > kMaxUrlBytes) {
    return refuse(fmt::format("the proxy's URL has more than {} bytes", kMaxUrlBytes));
  }
  if (const size_t end = url.find("://"); end != url.npos) {
    const Status status = take_scheme(url.substr(0, end), server);
    if (!status) return tl::make_unexpected(status.error());
    url.remove_prefix(end + 3);
  }
  url = url.substr(0, url.find('/'));
  if (const size_t at = url.rfind('@'); at != url.npos) {
    const Status status = take_login(url.substr(0, at), server);
    if (!status) return tl::make_unexpected(status.error());
    url.remove_prefix(at + 1);
  }
  if (!take_place(url, server)) return refuse("the proxy's URL has no valid host and port");
  return server;
}

std::string Server::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", scheme_of(kind), is_ipv6 ? "[" : "", for_display(host),
                     is_ipv6 ? "]" : "", port);
}

}  // namespace ftpull::proxy
