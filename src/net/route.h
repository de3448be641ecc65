// The way to a server: straight, or through a proxy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/address.h"
#include "proxy/handshake.h"
#include "proxy/server.h"

namespace ftpull::net {

struct Route {
  struct Beyond {
    proxy::Server proxy;
    proxy::Target target;
  };

  /// To one of which a connection is made: the server's, or the proxy's.
  std::vector<Address> addresses;
  /// What the proxy is asked for then; empty: nothing, the way is straight.
  std::optional<Beyond> beyond{};

  /// To another port of the same server, for a way of one address. A proxy that looks names up does
  /// so for each connection: whether it finds the same machine again is not in our hands.
  Route to_port(uint16_t port) const;
  /// The server is known to be reached over IPv6.
  bool is_ipv6() const;
  /// "192.0.2.1:21", "ftp.example.org:21 through socks5h://proxy.example:1080"; for a way of one
  /// address.
  std::string text() const;
};

}  // namespace ftpull::net
