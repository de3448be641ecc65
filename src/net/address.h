// Socket addresses.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include "ftpull/error.h"

namespace ftpull::net {

class Address {
 public:
  Address() = default;
  /// Only AF_INET and AF_INET6.
  Address(const sockaddr* address, socklen_t length);

  static Result<Address> of_peer(int fd);
  static Result<Address> of_socket(int fd);

  int family() const { return storage_.ss_family; }
  bool is_ipv6() const { return family() == AF_INET6; }
  /// The same host, another port.
  Address with_port(uint16_t port) const;
  uint16_t port() const;
  bool is_same_host(const Address& other) const { return host() == other.host(); }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return length_; }
  /// "192.0.2.1", "2001:db8::1".
  std::string host() const;
  /// "192.0.2.1:21", "[2001:db8::1]:21".
  std::string text() const;

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

}  // namespace ftpull::net
