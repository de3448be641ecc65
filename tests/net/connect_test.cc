#include "net/connect.h"

#include <poll.h>

#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using namespace ftpull::net::test;
using namespace std::string_literals;

namespace {

using Outcome = Result<Dial::Connected>;

const std::string kAccepted = "\5\0\5\0\0\1\1\2\3\4\0\7"s;  // both answers of a SOCKS5 proxy
const std::string kAsked = "\5\1\0\5\1\0\3\1h\0\25"s;

Route through(const Address& proxy, const std::string& url = "socks5h://proxy") {
  return {{proxy}, Route::Beyond{*proxy::Server::parse(url), {"h", 21}}};
}

bool readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, 0) == 1;
}

/// A Connect by way of a proxy that this test plays.
struct Play {
  explicit Play(const std::string& url = "socks5h://proxy", Duration patience = kPatience)
      : connect(std::make_unique<Connect>(loop, through(listener.address, url), Dial::Socket{},
                                          patience, [this](Outcome result) {
                                            ++calls;
                                            outcome.emplace(std::move(result));
                                          })) {
    CHECK(calls == 0);
    REQUIRE(turn(loop, [&] { return readable(listener.fd.get()); }));
    proxy = listener.accept();
  }

  void say(std::string_view bytes) const {
    REQUIRE(send(proxy.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void turn_to_the_end() {
    REQUIRE(turn(loop, [&] { return outcome.has_value(); }));
    CHECK(calls == 1);
  }
  Error error() {
    turn_to_the_end();
    REQUIRE_FALSE(*outcome);
    return outcome->error();
  }

  Loop loop;
  const Listener listener;
  std::optional<Outcome> outcome;
  int calls = 0;
  std::unique_ptr<Connect> connect;
  UniqueFd proxy;
};

std::string receive(int fd, size_t bytes) {
  std::string received(bytes, '\0');
  const ssize_t got = recv(fd, received.data(), bytes, MSG_WAITALL);
  received.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return received;
}

}  // namespace

TEST_CASE("without_a_proxy_it_is_a_dial") {
  Loop loop;
  const Listener listener;
  std::optional<Outcome> outcome;
  const Connect connect(loop, Route{{listener.address}}, Dial::Socket{}, kPatience,
                        [&](Outcome result) { outcome.emplace(std::move(result)); });
  REQUIRE(turn(loop, [&] { return outcome.has_value(); }));
  REQUIRE(*outcome);
  CHECK((*outcome)->peer.text() == listener.address.text());
}

TEST_CASE("a_greeting_in_the_packet_of_the_proxys_answer_is_left_for_the_next_reader") {
  Play play;
  play.say(kAccepted + "220 hello");
  play.turn_to_the_end();
  REQUIRE(*play.outcome);
  const Dial::Connected& connected = **play.outcome;
  CHECK(connected.peer.text() == play.listener.address.text());
  CHECK(receive(connected.fd.get(), 9) == "220 hello");
  CHECK(receive(play.proxy.get(), kAsked.size()) == kAsked);
}

TEST_CASE("an_answer_in_pieces_is_put_together") {
  Play play("http://proxy");
  const std::string answer = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
  for (const char c : answer) {
    play.say({&c, 1});
    turn(
        play.loop, [] { return false; }, std::chrono::milliseconds(1));
  }
  play.turn_to_the_end();
  CHECK(*play.outcome);
}

TEST_CASE("what_is_timed_is_the_way_beyond_the_proxy") {
  Play play;
  turn(
      play.loop, [] { return false; }, std::chrono::milliseconds(50));
  play.say(kAccepted);
  play.turn_to_the_end();
  REQUIRE(*play.outcome);
  CHECK((*play.outcome)->took < std::chrono::milliseconds(50));
}

TEST_CASE("a_refusal_of_the_proxy_is_the_error") {
  Play play("socks5h://u:hush@proxy");
  play.say("\5\2\1\1");
  const Error error = play.error();
  CHECK(error.kind == ErrorKind::login);
  CHECK(describe(error).find("hush") == std::string::npos);
}

TEST_CASE("a_proxy_that_closes_is_named") {
  Play play;
  play.say("\5");
  play.proxy = UniqueFd();
  const Error error = play.error();
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.message == "the proxy socks5h://proxy:1080: it closed the connection");
}

TEST_CASE("a_proxy_that_is_silent_is_given_up_in_time") {
  Play play("http://proxy", std::chrono::milliseconds(200));
  const Error error = play.error();
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.message == "the proxy http://proxy:1080: it did not answer in time");
}

TEST_CASE("a_proxy_that_does_not_run_is_named") {
  Loop loop;
  const ClosedPort closed;
  std::optional<Outcome> outcome;
  const Connect connect(loop, through(closed.address), Dial::Socket{}, kPatience,
                        [&](Outcome result) { outcome.emplace(std::move(result)); });
  REQUIRE(turn(loop, [&] { return outcome.has_value(); }));
  REQUIRE_FALSE(*outcome);
  CHECK(outcome->error().message == "the proxy socks5h://proxy:1080: cannot connect to " +
                                        closed.address.text() + ": Connection refused");
  CHECK(outcome->error().hint.find("--proxy none") != std::string::npos);
}

TEST_CASE("a_destroyed_connect_calls_nobody_and_closes") {
  Play play;
  REQUIRE(turn(play.loop, [&] { return readable(play.proxy.get()); }));
  play.connect.reset();
  turn(
      play.loop, [] { return false; }, std::chrono::milliseconds(30));
  CHECK(play.calls == 0);
  CHECK(receive(play.proxy.get(), 4) == "\5\1\0"s);
}

TEST_CASE("done_may_destroy_the_connect") {
  Loop loop;
  const Listener listener;
  std::unique_ptr<Connect> connect;
  connect =
      std::make_unique<Connect>(loop, through(listener.address), Dial::Socket{},
                                std::chrono::milliseconds(100), [&](Outcome) { connect.reset(); });
  CHECK(turn(loop, [&] { return connect == nullptr; }));
}

TEST_CASE("a_route_leads_to_other_ports_of_the_same_server") {
  const Address address = loopback(21);
  CHECK(Route{{address}}.to_port(99).text() == "127.0.0.1:99");
  CHECK_FALSE(Route{{address}}.is_ipv6());
  const Route route = through(address);
  CHECK(route.to_port(99).text() == "h:99 through socks5h://proxy:1080");
  CHECK(route.to_port(99).addresses.front().text() == "127.0.0.1:21");
  CHECK_FALSE(route.is_ipv6());
  CHECK(Route{{address}, Route::Beyond{{}, {"::1", 21}}}.is_ipv6());
}
