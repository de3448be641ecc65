// Has a proxy, to which there is a connection, connect to a server.
#pragma once

#include <memory>
#include <string>

#include "net/dial.h"
#include "net/loop.h"
#include "net/route.h"
#include "net/socket_poll.h"
#include "proxy/handshake.h"

namespace ftpull::net {

/// Carries out a proxy::Handshake. Reads no byte beyond the proxy's answer. Destroying it closes
/// the connection.
class Tunnel {
 public:
  /// `done` is called once, never from within the constructor; it may destroy the Tunnel. It gets
  /// the same connection back, but for the time that it took: from the request to its answer, which
  /// is about a round trip from here to the proxy and on to the server. The connect to the proxy
  /// would tell nothing of the way beyond it. Fails with network, or as the handshake does.
  Tunnel(Loop& loop, Dial::Connected to_proxy, const Route::Beyond& beyond, Duration patience,
         Dial::Done done);

 private:
  void on_ready();
  void flush();
  void read();
  void send(const std::string& bytes);
  void lost(std::string_view reason);
  void finish(Result<Dial::Connected> result);

  Loop& loop_;
  const std::string proxy_;  // for people
  const Address peer_;
  const std::unique_ptr<proxy::Handshake> handshake_;
  Dial::Done done_;
  std::unique_ptr<SocketPoll> poll_;
  std::string out_;  // not sent yet
  TimePoint asked_{};
  Timer patience_;
};

}  // namespace ftpull::net
