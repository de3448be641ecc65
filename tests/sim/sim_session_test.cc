#include "sim_session.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::sim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr uint64_t kFileBytes = 10'000'000;

/// Ten round trips a second, a megabyte a second.
Path path_of(std::optional<int> server_cap = {}) {
  Path path;
  path.round_trip = milliseconds(100);
  path.link_rate = 1e6;
  path.server_cap = server_cap;
  return path;
}

class Client final : public transfer::SessionObserver, public Sink {
 public:
  explicit Client(const Path& path) : world(path, kFileBytes, 1, false) {}

  void on_open(transfer::Session&, TimePoint) override { opened = world.since_begin(); }
  void on_inspected(transfer::Session&, Result<ftp::FileFacts> facts, TimePoint) override {
    CHECK(facts->size_bytes == kFileBytes);
    inspected = world.since_begin();
  }
  void on_bytes(transfer::Session&, uint64_t bytes, TimePoint) override { received += bytes; }
  void on_range_end(transfer::Session&, const transfer::RangeEnd& its_end, TimePoint) override {
    end = its_end;
    ended = world.since_begin();
  }
  void on_closed(transfer::Session&, const transfer::SessionEnd& its_end, TimePoint) override {
    closed = its_end;
    ended = world.since_begin();
  }
  Status write(std::span<const std::byte> bytes) override {
    written += bytes.size();
    return {};
  }

  void wait(Duration until) {
    while (world.since_begin() < until) {
      if (!world.advance(world.now() + (until - world.since_begin()))) break;
    }
  }

  World world;
  Duration opened{}, inspected{}, ended{};
  uint64_t received = 0;
  uint64_t written = 0;
  std::optional<transfer::RangeEnd> end;
  std::optional<transfer::SessionEnd> closed;
};

/// A session that is open after a second, and fetches the whole file from then on.
struct Download {
  explicit Download(const Path& path) : client(path), session(client.world, client) {
    session.open({});
    client.wait(seconds(1));
    session.fetch({"file", 0, kFileBytes, true}, client);
  }

  Client client;
  SimSession session;
};

double millis(Duration duration) {
  return 1e3 * to_seconds(duration);
}

}  // namespace

TEST_CASE("a_session_costs_its_round_trips") {
  Client client(path_of());
  SimSession session(client.world, client);
  session.open({});
  client.wait(seconds(1));
  CHECK(millis(client.opened) == 700);
  session.inspect("file", false);
  client.wait(seconds(2));
  CHECK(millis(client.inspected) == 1100);
  session.fetch({"file", 0, 14'480, false}, client);
  client.wait(seconds(3));
  // Three to the first byte, one for the first window.
  CHECK(millis(client.ended) == doctest::Approx(2400));
  CHECK(client.end->position == 14'480);
  CHECK(client.end->reusable);
  CHECK(client.written == 14'480);
  CHECK(client.received == 14'480);
  session.fetch({"file", 14'480, 28'960, false}, client);
  client.wait(seconds(4));
  CHECK(millis(client.ended) == doctest::Approx(3300));
  CHECK(client.world.link.wasted() == 0);
}

TEST_CASE("the_session_above_the_cap_is_refused") {
  Path path = path_of(1);
  path.names_cap = true;
  Client client(path);
  SimSession first(client.world, client);
  SimSession second(client.world, client);
  first.open({});
  second.open({});
  client.wait(seconds(1));
  CHECK(millis(client.opened) == 700);
  REQUIRE(client.closed);
  CHECK(client.closed->error.kind == ErrorKind::busy);
  CHECK(client.closed->limit == 1);
  CHECK(millis(client.ended) == 200);
  CHECK(client.world.most_living == 1);
}

TEST_CASE("an_end_that_was_not_known_a_round_trip_before_wastes_what_is_in_flight") {
  // Below the first window, so that the rate is even.
  Path path = path_of();
  path.flow_rate = 100'000;
  for (const uint64_t ahead_bytes : {2'500, 20'000}) {
    Download download(path);
    Client& client = download.client;
    client.wait(seconds(3));
    CHECK(client.received == doctest::Approx(170'000));
    download.session.set_end(download.session.claimed() + ahead_bytes, false);
    client.wait(seconds(4));
    CHECK(client.end->position == doctest::Approx(170'000 + ahead_bytes));
    CHECK(client.world.link.wasted() == doctest::Approx(ahead_bytes < 10'000 ? 7'500 : 0));
  }
}

TEST_CASE("a_transfer_without_a_byte_times_out_and_takes_its_session_with_it") {
  Path path = path_of();
  path.stall_chance = 1;
  path.flow_rate = 10'000;
  for (path.seed = 1; draw_connection(path, 1).stall->lasts; ++path.seed) {
  }
  Download download(path);
  Client& client = download.client;
  client.wait(seconds(80));
  REQUIRE(client.end);
  CHECK(client.end->error->kind == ErrorKind::network);
  CHECK_FALSE(client.end->reusable);
  const double stalled_at = 1.3 + to_seconds(draw_connection(path, 1).stall->after);
  CHECK(to_seconds(client.ended) == doctest::Approx(stalled_at + 30).epsilon(0.01));
}

TEST_CASE("a_session_that_dies_is_closed_with_what_came") {
  Path path = path_of();
  path.death_chance = 1;
  path.flow_rate = 10'000;
  Download download(path);
  Client& client = download.client;
  client.wait(seconds(80));
  REQUIRE(client.closed);
  CHECK_FALSE(client.end);
  const double lived = to_seconds(*draw_connection(path, 1).death);
  CHECK(client.written == doctest::Approx(10'000 * lived).epsilon(0.001));
  CHECK(client.world.living == 0);
}
