#include "net/resolver.h"

#include <memory>
#include <optional>

#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using test::turn;

namespace {

using Answer = Result<std::vector<Address>>;

Answer resolve(const std::string& host, AddressFamily family = AddressFamily::any) {
  Loop loop;
  std::optional<Answer> answer;
  int calls = 0;
  Resolve look_up(loop, host, 2121, family, [&](Answer found) {
    ++calls;
    answer = std::move(found);
  });
  CHECK(calls == 0);
  REQUIRE(turn(loop, [&] { return answer.has_value(); }));
  CHECK(calls == 1);
  return *answer;
}

}  // namespace

TEST_CASE("localhost_is_a_loopback_address_with_the_port") {
  const auto found = resolve("localhost", AddressFamily::ipv4);
  REQUIRE(found);
  CHECK(found->front().text() == "127.0.0.1:2121");
}

TEST_CASE("an_address_needs_no_look_up") {
  const auto v4 = resolve("127.0.0.1");
  REQUIRE(v4);
  REQUIRE(v4->size() == 1);
  CHECK(v4->front().text() == "127.0.0.1:2121");
  const auto v6 = resolve("::1");
  REQUIRE(v6);
  CHECK(v6->front().text() == "[::1]:2121");
  CHECK(v6->front().is_ipv6());
}

TEST_CASE("an_address_of_the_other_family_is_an_error") {
  const auto found = resolve("127.0.0.1", AddressFamily::ipv6);
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == ErrorKind::network);
}

TEST_CASE("a_host_that_cannot_exist_is_a_network_error_that_names_it") {
  // A label is at most 63 bytes long, so nobody is asked.
  for (const std::string& host : {std::string(64, 'x') + ".invalid", std::string(300, 'y')}) {
    const auto found = resolve(host);
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == ErrorKind::network);
    CHECK(found.error().message.find(host.substr(0, 60)) != std::string::npos);
  }
}

TEST_CASE("a_destroyed_look_up_is_forgotten") {
  Loop loop;
  bool called = false;
  auto look_up = std::make_unique<Resolve>(loop, "127.0.0.1", 21, AddressFamily::any,
                                           [&](Answer) { called = true; });
  look_up.reset();
  turn(
      loop, [] { return false; }, std::chrono::milliseconds(50));
  CHECK_FALSE(called);
}

TEST_CASE("done_may_destroy_the_look_up") {
  Loop loop;
  std::unique_ptr<Resolve> look_up;
  look_up = std::make_unique<Resolve>(loop, "127.0.0.1", 21, AddressFamily::any,
                                      [&](Answer) { look_up.reset(); });
  CHECK(turn(loop, [&] { return look_up == nullptr; }));
}
