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

std::string Address::text() const {
  char host[INET6_ADDRSTRLEN] = "?";
  if (is_ipv6()) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage_);
    inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
    return fmt::format("[{}]:{}", host, ntohs(v6->sin6_port));
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage_);
  inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
  return fmt::format("{}:{}", host, ntohs(v4->sin_port));
}

}  // namespace ftpull::net
