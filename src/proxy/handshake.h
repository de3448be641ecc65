// What is said to a proxy until it has made a connection, without sockets: SOCKS5 (RFC 1928, with
// user and password RFC 1929) and HTTP CONNECT (RFC 9110 section 9.3.6, Basic of RFC 7617).
//
// After the proxy's last byte the connection belongs to the FTP server, whose greeting may come in
// the same packet. So nothing is read ahead: wanted() is never more than what must still come of
// the answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ftpull/error.h"

#include "proxy/server.h"

namespace ftpull::proxy {

/// Where the proxy is to connect to.
struct Target {
  std::string host;  // a name, or an address (IPv6 without brackets); at most 255 bytes
  uint16_t port = 0;

  bool is_ipv6() const { return host.find(':') != std::string::npos; }
  /// "ftp.example.org:21", "[2001:db8::1]:21".
  std::string text() const;
};

class Handshake {
 public:
  Handshake(Server server, Target target)
      : server_(std::move(server)), target_(std::move(target)) {}
  virtual ~Handshake() = default;

  /// The bytes to send first. Once.
  virtual std::string begin() = 0;
  /// The most bytes to read next; 0: it is done, what follows is the target's.
  virtual size_t wanted() const = 0;
  /// Bytes that came, at most wanted(): gives what to send then, often nothing. Fails with login
  /// when the proxy does not let us in (to try again could lock the user out), with network when it
  /// does not connect to the target, with protocol when it speaks otherwise or says too much.
  /// Nothing is to be done after that.
  virtual Result<std::string> take(std::string_view bytes) = 0;
  /// The proxy has been asked to connect: its answer comes after a round trip to the target.
  virtual bool requested() const = 0;

 protected:
  Error refused_login() const;
  /// `why`: the proxy's words or their meaning.
  Error refused_target(std::string_view why, std::string hint) const;
  /// "the proxy http://h:1080 WHAT".
  Error broken(std::string_view what) const;

  const Server server_;
  const Target target_;
};

std::unique_ptr<Handshake> make_handshake(const Server& server, Target target);

}  // namespace ftpull::proxy
