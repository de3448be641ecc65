#include "net/dial.h"

#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using namespace ftpull::net::test;

namespace {

using Outcome = Result<Dial::Connected>;

std::optional<Outcome> dial(std::vector<Address> addresses, std::optional<Address> from = {},
                            Duration patience = std::chrono::seconds(10)) {
  Loop loop;
  std::optional<Outcome> outcome;
  int calls = 0;
  {
    Dial dial(loop, std::move(addresses), Dial::Socket{from}, patience, [&](Outcome result) {
      ++calls;
      outcome.emplace(std::move(result));
    });
    CHECK(calls == 0);
    turn(loop, [&] { return outcome.has_value(); });
    CHECK(calls == 1);
  }
  return outcome;
}

/// Listens, but its queue is full: the kernel leaves further connects without an answer.
struct Deaf {
  Deaf() {
    for (UniqueFd& fd : fillers) {
      fd = UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      static_cast<void>(connect(fd.get(), listener.address.get(), listener.address.length()));
    }
  }
  Listener listener{0};
  UniqueFd fillers[4];
};

}  // namespace

TEST_CASE("a_dial_connects_to_who_listens") {
  const Listener listener;
  const auto outcome = dial({listener.address});
  REQUIRE(outcome);
  REQUIRE(*outcome);
  CHECK((*outcome)->peer.text() == listener.address.text());
  CHECK(Address::of_peer((*outcome)->fd.get())->text() == listener.address.text());
  CHECK(listener.accept());
}

TEST_CASE("a_refused_connect_names_the_address_and_the_reason") {
  const ClosedPort closed;
  const auto outcome = dial({closed.address});
  REQUIRE(outcome);
  REQUIRE_FALSE(*outcome);
  const Error& error = outcome->error();
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.message == "cannot connect to " + closed.address.text() + ": Connection refused");
}

TEST_CASE("the_next_address_is_tried_when_the_first_is_dead") {
  const ClosedPort closed;
  const Listener listener;
  const auto outcome = dial({closed.address, closed.address, listener.address});
  REQUIRE(outcome);
  REQUIRE(*outcome);
  CHECK((*outcome)->peer.text() == listener.address.text());
}

TEST_CASE("an_address_that_does_not_answer_is_overtaken") {
  const Deaf deaf;
  const Listener listener;
  const auto outcome = dial({deaf.listener.address, listener.address});
  REQUIRE(outcome);
  REQUIRE(*outcome);
  CHECK((*outcome)->peer.text() == listener.address.text());
}

TEST_CASE("who_does_not_answer_in_time_is_given_up") {
  const Deaf deaf;
  const auto outcome = dial({deaf.listener.address}, {}, std::chrono::milliseconds(100));
  REQUIRE(outcome);
  REQUIRE_FALSE(*outcome);
  CHECK(outcome->error().message ==
        "cannot connect to " + deaf.listener.address.text() + ": Connection timed out");
}

TEST_CASE("no_address_is_an_error") {
  const auto outcome = dial({});
  REQUIRE(outcome);
  REQUIRE_FALSE(*outcome);
  CHECK_FALSE(outcome->error().message.empty());
}

TEST_CASE("a_dial_comes_from_the_address_it_is_bound_to") {  // H10, H11
  const Listener listener;
  sockaddr_in other{};
  other.sin_family = AF_INET;
  other.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  other.sin_port = htons(9);
  const auto outcome =
      dial({listener.address}, Address(reinterpret_cast<const sockaddr*>(&other), sizeof other));
  REQUIRE(outcome);
  REQUIRE(*outcome);
  CHECK(Address::of_socket((*outcome)->fd.get())->text().starts_with("127.0.0.2:"));
}

TEST_CASE("a_destroyed_dial_calls_nobody") {
  Loop loop;
  const Listener listener;
  bool called = false;
  auto dial = std::make_unique<Dial>(loop, std::vector{listener.address}, Dial::Socket{}, kPatience,
                                     [&](Outcome) { called = true; });
  dial.reset();
  turn(
      loop, [] { return false; }, std::chrono::milliseconds(30));
  CHECK_FALSE(called);
}

TEST_CASE("done_may_destroy_the_dial") {
  Loop loop;
  const Listener listener;
  std::unique_ptr<Dial> dial;
  dial = std::make_unique<Dial>(loop, std::vector{listener.address}, Dial::Socket{}, kPatience,
                                [&](Outcome) { dial.reset(); });
  CHECK(turn(loop, [&] { return dial == nullptr; }));
}
