// A TCP connection to a server over whatever way leads to it.
#pragma once

#include <memory>

#include "net/dial.h"
#include "net/loop.h"
#include "net/route.h"
#include "net/tunnel.h"

namespace ftpull::net {

/// What to say of a proxy to which there is no connection.
Error no_way_to(const proxy::Server& proxy, Error why);

/// Dials, and has the proxy connect to the server where there is one. Destroying it gives up.
class Connect {
 public:
  /// `patience` is for all of it. `done` is called once, never from within the constructor; it may
  /// destroy the Connect. In what it gets `peer` is who was dialled, and `took` the shortest time
  /// that tells of the whole way: see Tunnel. Fails as Dial and Tunnel do.
  Connect(Loop& loop, const Route& route, const Dial::Socket& socket, Duration patience,
          Dial::Done done);

 private:
  void on_dialed(Result<Dial::Connected> connected);

  Loop& loop_;
  const std::optional<Route::Beyond> beyond_;
  const Dial::Done done_;
  const TimePoint deadline_;
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<Tunnel> tunnel_;
};

}  // namespace ftpull::net
