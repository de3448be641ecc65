#include "net/address.h"

#include <arpa/inet.h>
#include <cassert>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace ftpull::net {
namespace {

template <class Call>
Result<Address> ask(Call call, int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (call(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    return fail(ErrorKind::network,
                fmt::format("cannot tell a connection's address: {}", strerror(errno)));
  }
  return Address(reinterpret_cast<const sockaddr*>(&storage), length);
}

}  // namespace

Address::Address(const sockaddr* address, socklen_t length) : length_(length) {
  assert(length <= sizeof storage_);
  std::memcpy(&storage_, address, length);
}

Result<Address> Address::of_peer(int fd) {
  return ask(getpeername, fd);
}
Result<Address> Address::of_socket(int fd) {
  return ask(getsockname, fd);
}

Address Address::with_port(uint16_t port) const {
  Address other = *this;
  if (is_ipv6()) {
    reinterpret_cast<sockaddr_in6*>(&other.storage_)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(&other.storage_)->sin_port = htons(port);
  }
  return other;
}

uint16_t Address::port() const {
  return ntohs(is_ipv6() ? reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port
                         : reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
}

std::string Address::host() const {
  char host[INET6_ADDRSTRLEN] = "?";
  if (is_ipv6()) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr, host,
              sizeof host);
  } else {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr, host,
              sizeof host);
  }
  return host;
}

std::string Address::text() const {
  return is_ipv6() ? fmt::format("[{}]:{}", host(), port()) : fmt::format("{}:{}", host(), port());
}

}  // namespace ftpull::net
