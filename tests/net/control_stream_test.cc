#include "net/control_stream.h"

#include <netinet/tcp.h>
#include <optional>

#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using namespace ftpull::net::test;

namespace {

struct World {
  Loop loop;
  Connection connection;
  std::string received;
  std::optional<Error> end;
  int ends = 0;
  ControlStream stream{loop,
                       std::move(connection.ours),
                       {[this](std::string_view bytes) { received += bytes; },
                        [this](Error error) {
                          ++ends;
                          end = std::move(error);
                        }}};
};

}  // namespace

TEST_CASE("lines_are_sent_as_they_are") {
  World world;
  world.stream.send("USER joe\r\n");
  world.stream.send("NOOP\r\n");
  CHECK(world.connection.receive(16) == "USER joe\r\nNOOP\r\n");
}

TEST_CASE("what_comes_is_handed_on_as_it_comes") {
  World world;
  world.connection.send("220 re");
  CHECK(turn(world.loop, [&] { return world.received == "220 re"; }));
  world.connection.send("ady\r\n");
  CHECK(turn(world.loop, [&] { return world.received == "220 ready\r\n"; }));
  CHECK(world.ends == 0);
}

TEST_CASE("the_end_comes_once_and_after_the_last_words") {  // B18
  World world;
  world.connection.send("421 bye\r\n");
  world.connection.hang_up();
  REQUIRE(turn(world.loop, [&] { return world.end.has_value(); }));
  CHECK(world.received == "421 bye\r\n");
  CHECK(world.end->kind == ErrorKind::network);
  turn(
      world.loop, [] { return false; }, std::chrono::milliseconds(30));
  CHECK(world.ends == 1);
}

TEST_CASE("a_reset_is_a_broken_connection") {
  World world;
  world.connection.reset();
  REQUIRE(turn(world.loop, [&] { return world.end.has_value(); }));
  CHECK(world.end->message.find("reset") != std::string::npos);
}

TEST_CASE("sending_to_who_has_gone_is_told_by_the_end_only") {
  World world;
  world.connection.send("421 bye\r\n");
  world.connection.hang_up();
  for (int i = 0; i < 3; ++i) world.stream.send("NOOP\r\n");
  CHECK(world.ends == 0);
  REQUIRE(turn(world.loop, [&] { return world.end.has_value(); }));
  CHECK(world.ends == 1);
}

TEST_CASE("a_stopped_stream_calls_nobody") {
  World world;
  world.stream.stop();
  world.connection.send("220 ready\r\n");
  world.connection.hang_up();
  turn(
      world.loop, [] { return false; }, std::chrono::milliseconds(30));
  CHECK(world.received.empty());
  CHECK(world.ends == 0);
}

TEST_CASE("lines_that_do_not_fit_into_the_socket_are_sent_later_and_in_order") {
  World world;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string line = std::string(50'000, static_cast<char>('a' + i % 26)) + "\r\n";
    world.stream.send(line);
    expected += line;
  }
  std::string arrived;
  CHECK(turn(world.loop, [&] {
    std::string buffer(1 << 20, '\0');
    const ssize_t n =
        recv(world.connection.theirs.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0) arrived.append(buffer, 0, static_cast<size_t>(n));
    return arrived.size() >= expected.size();
  }));
  const bool same = arrived == expected;
  CHECK(same);
}

TEST_CASE("keep_alive_is_on") {  // J1
  World world;
  int on = 0;
  int idle_seconds = 0;
  socklen_t length = sizeof on;
  getsockopt(world.stream.fd(), SOL_SOCKET, SO_KEEPALIVE, &on, &length);
  getsockopt(world.stream.fd(), IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, &length);
  CHECK(on != 0);
  CHECK(idle_seconds < 60);
}
