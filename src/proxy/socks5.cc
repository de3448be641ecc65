#include "proxy/socks5.h"

#include <arpa/inet.h>
#include <array>
#include <cassert>

#include <fmt/format.h>

namespace ftpull::proxy {
namespace {

constexpr char kVersion = 5;
constexpr char kLoginVersion = 1;
constexpr char kNoLogin = 0;
constexpr char kUserAndPassword = 2;
constexpr char kNoMethod = '\xff';
constexpr char kConnect = 1;
constexpr char kIpv4 = 1;
constexpr char kName = 3;
constexpr char kIpv6 = 4;
constexpr size_t kMaxNameBytes = 255;  // its length is one byte
constexpr size_t kAddressAt = 4;       // of the reply: after version, code, a zero and its kind
constexpr size_t kPortBytes = 2;

/// RFC 1928 section 6.
std::string_view meaning(unsigned char code) {
  constexpr std::array<std::string_view, 8> kMeanings = {
      "general failure",          "its rules do not allow it",
      "network unreachable",      "host unreachable",
      "connection refused",       "the connection took too long",
      "it does not know CONNECT", "it does not know this kind of address"};
  return code >= 1 && code <= kMeanings.size() ? kMeanings[code - 1] : "unknown failure";
}

std::string hint_for(unsigned char code, Server::Kind kind) {
  if (code == 2) return "Ask who runs the proxy to allow FTP and its data ports";
  if (code == 3 || code == 4 || code == 8) {
    // Its idea of the address may differ from ours, and it may have no IPv6.
    return kind == Server::Kind::socks5 ? "Use socks5h://, which has the proxy look the name up"
                                        : "Check the name of the server";
  }
  return {};
}

std::string with_length(const std::string& text) {
  return static_cast<char>(text.size()) + text;
}

/// How many bytes of an address follow `kind`; 0: there is no such kind.
size_t address_bytes(char kind, char first) {
  if (kind == kIpv4) return 4;
  if (kind == kIpv6) return 16;
  return kind == kName ? 1 + static_cast<unsigned char>(first) : 0;
}

std::string encode(const std::string& host) {
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
    return kIpv4 + std::string(bytes.data(), 4);
  }
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
    return kIpv6 + std::string(bytes.data(), 16);
  }
  assert(host.size() <= kMaxNameBytes);
  return kName + with_length(host);
}

}  // namespace

std::string Socks5::begin() {
  if (!server_.user) return {kVersion, 1, kNoLogin};
  return {kVersion, 2, kNoLogin, kUserAndPassword};
}

size_t Socks5::wanted() const {
  return state_ == State::done ? 0 : message_bytes_ - in_.size();
}

Result<std::string> Socks5::take(std::string_view bytes) {
  if (bytes.size() > wanted()) return tl::make_unexpected(broken("sent more than its answer"));
  in_ += bytes;
  if (!in_.empty() && in_[0] != (state_ == State::login ? kLoginVersion : kVersion)) {
    return tl::make_unexpected(broken("does not answer as SOCKS5"));
  }
  // Some close after the code of a failure.
  if (state_ == State::reply && in_.size() >= 2 && in_[1] != 0) return on_reply();
  if (in_.size() < message_bytes_) return std::string();
  switch (state_) {
    case State::method:
      return on_method();
    case State::login:
      return on_login();
    case State::reply:
      return on_reply();
    case State::bound:
    case State::done:
      state_ = State::done;
      break;
  }
  return std::string();
}

Result<std::string> Socks5::on_method() {
  const char method = in_[1];
  if (method == kNoLogin) return request();
  if (method == kUserAndPassword && server_.user) return login();
  if (method == kNoMethod) return tl::make_unexpected(refused_login());
  return tl::make_unexpected(broken("chose a way to log in that was not offered"));
}

std::string Socks5::login() {
  state_ = State::login;
  in_.clear();
  return kLoginVersion + with_length(*server_.user) + with_length(server_.password);
}

Result<std::string> Socks5::on_login() {
  if (in_[1] != 0) return tl::make_unexpected(refused_login());
  return request();
}

std::string Socks5::request() {
  state_ = State::reply;
  in_.clear();
  // With the first byte of the address, which is the length of a name. The shortest answer, with a
  // name of no bytes, is longer.
  message_bytes_ = kAddressAt + 1;
  std::string out{kVersion, kConnect, 0};
  out += encode(target_.host);
  out += static_cast<char>(target_.port >> 8);
  out += static_cast<char>(target_.port & 0xFF);
  return out;
}

Result<std::string> Socks5::on_reply() {
  if (const auto code = static_cast<unsigned char>(in_[1]); code != 0) {
    return tl::make_unexpected(refused_target(
        fmt::format("{} (SOCKS reply {})", meaning(code), code), hint_for(code, server_.kind)));
  }
  const size_t bytes = address_bytes(in_[kAddressAt - 1], in_[kAddressAt]);
  if (bytes == 0) return tl::make_unexpected(broken("answers with an unknown kind of address"));
  state_ = State::bound;
  message_bytes_ = kAddressAt + bytes + kPortBytes;
  return std::string();
}

}  // namespace ftpull::proxy
