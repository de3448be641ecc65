#include "net/accept.h"

#include <optional>
#include <sys/resource.h>
#include <vector>

#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using namespace ftpull::net::test;

namespace {

Address loopback_host(uint32_t last_byte) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7F000000 | last_byte);
  return Address(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// Connects to `to` from `from`.
UniqueFd connect_from(const Address& from, const Address& to) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  REQUIRE(bind(fd.get(), from.get(), from.length()) == 0);
  static_cast<void>(connect(fd.get(), to.get(), to.length()));
  return fd;
}

struct World {
  World() {
    auto made = Accept::from(loop, loopback_host(1), loopback_host(2), false,
                             [this](Result<UniqueFd> fd) { on_done(std::move(fd)); });
    REQUIRE(made);
    accept = *std::move(made);
  }
  void on_done(Result<UniqueFd> fd) {
    if (fd)
      accepted = *std::move(fd);
    else
      error = fd.error();
    // Whoever waited has no use for it any more.
    accept.reset();
  }
  bool comes(Duration patience = kPatience) {
    return turn(
        loop, [this] { return static_cast<bool>(accepted); }, patience);
  }

  Loop loop;
  UniqueFd accepted;
  std::optional<Error> error;
  std::unique_ptr<Accept> accept;
};

}  // namespace

TEST_CASE("it_listens_at_the_given_address_and_a_port_of_its_own") {
  const World world;
  CHECK(world.accept->local().host() == "127.0.0.1");
  CHECK(world.accept->local().port() != 0);
}

TEST_CASE("the_server_may_connect_from_any_port") {
  World world;
  const UniqueFd theirs = connect_from(loopback_host(2), world.accept->local());
  REQUIRE(world.comes());
  CHECK(Address::of_peer(world.accepted.get())->host() == "127.0.0.2");
}

TEST_CASE("a_stranger_is_turned_away_and_does_not_keep_the_server_out") {
  World world;
  const UniqueFd stranger = connect_from(loopback_host(3), world.accept->local());
  CHECK_FALSE(world.comes(std::chrono::milliseconds(200)));
  char byte = 0;
  CHECK(recv(stranger.get(), &byte, 1, 0) == 0);
  const UniqueFd theirs = connect_from(loopback_host(2), world.accept->local());
  REQUIRE(world.comes());
  CHECK(Address::of_peer(world.accepted.get())->host() == "127.0.0.2");
}

TEST_CASE("after_the_first_connection_nobody_gets_in") {
  World world;
  const Address at = world.accept->local();
  const UniqueFd theirs = connect_from(loopback_host(2), at);
  REQUIRE(world.comes());
  UniqueFd late(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK(connect(late.get(), at.get(), at.length()) != 0);
}

TEST_CASE("an_address_that_is_not_ours_is_an_error") {
  Loop loop;
  sockaddr_in foreign{};
  foreign.sin_family = AF_INET;
  foreign.sin_addr.s_addr = htonl(0xC0000201);  // 192.0.2.1
  const Address local(reinterpret_cast<const sockaddr*>(&foreign), sizeof foreign);
  const auto made = Accept::from(loop, local, loopback_host(2), false, [](Result<UniqueFd>) {});
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::network);
  CHECK(made.error().message.find("192.0.2.1") != std::string::npos);
}

TEST_CASE("want_of_descriptors_is_told_and_not_waited_for") {
  World world;
  const UniqueFd client = connect_from(loopback_host(2), world.accept->local());
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit few = before;
  few.rlim_cur = 256;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<UniqueFd> all;
  for (UniqueFd one(dup(client.get())); one; one = UniqueFd(dup(client.get()))) {
    all.push_back(std::move(one));
  }
  CHECK(turn(
      world.loop, [&] { return world.error.has_value(); }, kPatience));
  all.clear();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE(world.error);
  CHECK(world.error->kind == ErrorKind::busy);
  CHECK(world.error->hint.find("ulimit") != std::string::npos);
}
