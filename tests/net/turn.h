// Turns a loop until something has happened, with a limit in time, and loopback sockets to talk to.
#pragma once

#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

#include <doctest/doctest.h>

#include "core/unique_fd.h"
#include "net/address.h"
#include "net/loop.h"

namespace ftpull::net::test {

inline constexpr Duration kPatience = std::chrono::seconds(20);

/// Says whether `done` came true.
inline bool turn(Loop& loop, const std::function<bool()>& done, Duration patience = kPatience) {
  const TimePoint deadline = loop.now() + patience;
  loop.run([&](TimePoint) { return deadline; }, [&] { return done() || loop.now() >= deadline; });
  return done();
}

inline Address loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return Address(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

struct Listener {
  explicit Listener(int backlog = 8) : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const Address any = loopback(0);
    REQUIRE(bind(fd.get(), any.get(), any.length()) == 0);
    REQUIRE(listen(fd.get(), backlog) == 0);
    address = *Address::of_socket(fd.get());
  }
  UniqueFd accept() const { return UniqueFd(::accept4(fd.get(), nullptr, nullptr, SOCK_CLOEXEC)); }

  UniqueFd fd;
  Address address;
};

/// An address on which nobody listens: its socket is bound, so that nobody else takes it.
struct ClosedPort {
  ClosedPort() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const Address any = loopback(0);
    REQUIRE(bind(fd.get(), any.get(), any.length()) == 0);
    address = *Address::of_socket(fd.get());
  }
  UniqueFd fd;
  Address address;
};

/// Two ends of a TCP connection on loopback; `ours` does not block.
struct Connection {
  Connection() {
    const Listener listener;
    ours = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(ours.get(), listener.address.get(), listener.address.length()) == 0);
    theirs = listener.accept();
    REQUIRE(theirs);
    REQUIRE(fcntl(ours.get(), F_SETFL, O_NONBLOCK) == 0);
    // A reader that waits for ever would hang the tests.
    const timeval limit{10, 0};
    setsockopt(theirs.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(theirs.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::send(theirs.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;  // the other end has gone
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  std::string receive(size_t bytes) const {
    std::string received(bytes, '\0');
    const ssize_t n = recv(theirs.get(), received.data(), bytes, MSG_WAITALL);
    received.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return received;
  }
  void hang_up() { theirs = UniqueFd(); }
  /// RST in place of FIN.
  void reset() {
    const linger at_once{1, 0};
    setsockopt(theirs.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    hang_up();
  }

  UniqueFd ours;
  UniqueFd theirs;
};

}  // namespace ftpull::net::test
