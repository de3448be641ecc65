#include "net/data_transfer.h"

#include <random>
#include <thread>

#include "deflated.h"
#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using namespace ftpull::net::test;
using Outcome = DataTransfer::Outcome;

namespace {

std::string content_of(size_t bytes) {
  std::string content(bytes, '\0');
  std::mt19937_64 random(bytes);
  for (char& c : content) c = static_cast<char>(random());
  return content;
}

class StringSink final : public Sink {
 public:
  Status write(std::span<const std::byte> bytes) override {
    if (content.size() + bytes.size() > fails_at) return fail(ErrorKind::disk, "disk full");
    content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::string content;
  size_t fails_at = SIZE_MAX;
};

struct World {
  explicit World(DataTransfer::Limits limits, uint64_t bytes_per_second = 0)
      : bucket(bytes_per_second),
        transfer(loop, std::move(connection.ours), sink, bucket, limits,
                 {[this](uint64_t bytes) { reported += bytes; },
                  [this](Outcome result, std::optional<Error> its_error) {
                    ++ends;
                    outcome = result;
                    error = std::move(its_error);
                  }}) {}
  ~World() {
    if (!transfer.ended()) transfer.stop();
    CHECK(turn(loop, [this] { return transfer.ended(); }));
    CHECK(ends == 1);
  }

  /// Sends all of `content`, and closes if so told, while the loop turns.
  bool run(const std::string& content, bool hang_up) {
    std::thread server([&] {
      connection.send(content);
      if (hang_up) connection.hang_up();
    });
    const bool ended = turn(loop, [this] { return outcome.has_value(); });
    if (!ended) transfer.stop();
    server.join();
    return ended;
  }

  Loop loop;
  Connection connection;
  StringSink sink;
  TokenBucket bucket;
  uint64_t reported = 0;
  int ends = 0;
  std::optional<Outcome> outcome;
  std::optional<Error> error;
  DataTransfer transfer;
};

}  // namespace

TEST_CASE("bytes_arrive_in_order_and_all_are_reported") {
  const std::string content = content_of(5'000'001);
  World world({100, 100 + content.size(), true});
  REQUIRE(world.run(content, true));
  CHECK(world.outcome == Outcome::complete);
  const bool same = world.sink.content == content;
  CHECK(same);
  CHECK(world.reported == content.size());
  CHECK(world.transfer.position() == 100 + content.size());
  CHECK_FALSE(world.error);
}

TEST_CASE("a_range_ends_at_its_end_whatever_follows") {
  const std::string content = content_of(3'000'000);
  World world({0, 1'234'567});
  REQUIRE(world.run(content, false));
  CHECK(world.outcome == Outcome::complete);
  const bool same = world.sink.content == content.substr(0, 1'234'567);
  CHECK(same);
}

TEST_CASE("a_connection_closed_before_the_end_is_closed") {  // E14
  World world({0, 1'000'000, true});
  REQUIRE(world.run(content_of(400'000), true));
  CHECK(world.outcome == Outcome::closed);
  CHECK(world.transfer.position() == 400'000);
}

TEST_CASE("without_an_end_it_goes_on_until_the_server_closes") {
  const std::string content = content_of(2'000'003);
  World world({0, std::nullopt});
  REQUIRE(world.run(content, true));
  CHECK(world.outcome == Outcome::closed);
  const bool same = world.sink.content == content;
  CHECK(same);
}

TEST_CASE("an_empty_transfer_is_closed") {
  World world({0, std::nullopt});
  REQUIRE(world.run("", true));
  CHECK(world.outcome == Outcome::closed);
  CHECK(world.reported == 0);
}

TEST_CASE("bytes_beyond_the_end_of_the_file_are_an_overflow") {
  World world({0, 100'000, true});
  REQUIRE(world.run(content_of(100'001), true));
  CHECK(world.outcome == Outcome::overflow);
  CHECK(world.sink.content.size() == 100'000);
}

TEST_CASE("a_reset_before_the_end_is_broken") {
  World world({0, 1'000'000});
  world.connection.send("abc");
  REQUIRE(turn(world.loop, [&] { return world.reported == 3; }));
  world.connection.reset();
  REQUIRE(turn(world.loop, [&] { return world.outcome.has_value(); }));
  CHECK(world.outcome == Outcome::broken);
  REQUIRE(world.error);
  CHECK(world.error->kind == ErrorKind::network);
}

TEST_CASE("a_reset_after_the_last_byte_of_the_file_takes_nothing_away") {
  World world({0, 3, true});
  world.connection.send("abc");
  REQUIRE(turn(world.loop, [&] { return world.reported == 3; }));
  world.connection.reset();
  REQUIRE(turn(world.loop, [&] { return world.outcome.has_value(); }));
  CHECK(world.outcome == Outcome::complete);
}

TEST_CASE("a_smaller_end_is_kept_to") {
  World world({0, 4'000'000, true});
  const std::string content = content_of(4'000'000);
  world.connection.send(content.substr(0, 1'000));
  REQUIRE(turn(world.loop, [&] { return world.reported == 1'000; }));
  CHECK(world.transfer.claimed() == 1'000);
  world.transfer.set_end(1'500'000, false);
  REQUIRE(world.run(content.substr(1'000), false));
  CHECK(world.outcome == Outcome::complete);
  const bool same = world.sink.content == content.substr(0, 1'500'000);
  CHECK(same);
}

TEST_CASE("a_transfer_that_waits_for_the_end_of_the_file_may_get_a_later_end") {
  World world({0, 1'000, true});
  const std::string content = content_of(5'000);
  world.connection.send(content.substr(0, 1'000));
  REQUIRE(turn(world.loop, [&] { return world.reported == 1'000; }));
  world.transfer.set_end(5'000, true);
  REQUIRE(world.run(content.substr(1'000), true));
  CHECK(world.outcome == Outcome::complete);
  CHECK(world.sink.content == content);
}

TEST_CASE("stop_while_waiting_ends_at_once") {
  World world({0, 1'000});
  world.transfer.stop();
  CHECK(world.outcome == Outcome::closed);
  CHECK(world.connection.receive(1).empty());  // the server sees it
}

TEST_CASE("stop_while_a_work_item_runs_ends_after_it") {
  World world({0, std::nullopt});
  world.connection.send(content_of(100'000));
  REQUIRE(turn(world.loop, [&] { return world.transfer.claimed() > world.transfer.position(); }));
  world.transfer.stop();
  CHECK_FALSE(world.outcome);
  REQUIRE(turn(world.loop, [&] { return world.outcome.has_value(); }));
  CHECK(world.outcome == Outcome::closed);
  CHECK(world.reported == world.sink.content.size());
}

TEST_CASE("a_sink_that_fails_ends_it_with_its_error") {
  World world({0, 2'000'000});
  world.sink.fails_at = 700'000;
  REQUIRE(world.run(content_of(2'000'000), true));
  CHECK(world.outcome == Outcome::sink_failed);
  REQUIRE(world.error);
  CHECK(world.error->kind == ErrorKind::disk);
  CHECK(world.transfer.position() == world.sink.content.size());
}

TEST_CASE("the_rate_limit_holds") {
  constexpr uint64_t kRate = 1'000'000;
  constexpr size_t kBytes = 500'000;
  World world({0, kBytes, true}, kRate);
  const TimePoint began = world.loop.now();
  REQUIRE(world.run(content_of(kBytes), true));
  CHECK(world.outcome == Outcome::complete);
  const double seconds = to_seconds(world.loop.now() - began);
  const double least = static_cast<double>(kBytes) / kRate - to_seconds(TokenBucket::kBurst);
  CHECK(seconds > least * 0.95);
}

TEST_CASE("the_server_is_not_to_blame_while_the_rate_limit_is_waited_for") {
  World world({0, 100'000}, 10'000);
  CHECK(world.transfer.waiting_since() != kNever);
  world.connection.send(content_of(50'000));
  CHECK(turn(world.loop, [&] { return world.transfer.waiting_since() == kNever; }));
}

TEST_CASE("compressed_bytes_count_as_what_they_stand_for") {  // N3, N6
  const std::string content = content_of(700'000) + std::string(5'000'000, 'x');
  const uint64_t end = 100 + content.size();
  for (const bool knows_end : {true, false}) {
    const std::optional<uint64_t> given = knows_end ? std::optional(end) : std::nullopt;
    World world({100, given, knows_end, {}, true});
    REQUIRE(world.run(deflated(content), true));
    CHECK(world.outcome == (knows_end ? Outcome::complete : Outcome::closed));
    const bool same = world.sink.content == content;
    CHECK(same);
    CHECK(world.reported == content.size());
    CHECK(world.transfer.position() == end);
  }
}

TEST_CASE("a_compressed_range_ends_at_its_end_whatever_follows") {
  const std::string content = content_of(700'000) + std::string(5'000'000, 'x');
  for (const size_t end : {size_t{1}, size_t{699'999}, size_t{2'345'678}, content.size()}) {
    World world({0, end, false, {}, true});
    REQUIRE(world.run(deflated(content), false));
    CHECK(world.outcome == Outcome::complete);
    const bool same = world.sink.content == content.substr(0, end);
    CHECK(same);
  }
}

TEST_CASE("compressed_bytes_beyond_the_end_of_the_file_are_an_overflow") {
  World world({0, 100'000, true, {}, true});
  REQUIRE(world.run(deflated(std::string(100'001, 'x')), true));
  CHECK(world.outcome == Outcome::overflow);
}

TEST_CASE("a_compressed_transfer_that_breaks_off_is_broken") {
  const std::string bytes = deflated(content_of(100'000));
  World world({0, std::nullopt, false, {}, true});
  REQUIRE(world.run(bytes.substr(0, bytes.size() / 2), true));
  CHECK(world.outcome == Outcome::broken);
  CHECK(world.sink.content.size() < 100'000);
}

TEST_CASE("bytes_that_should_be_compressed_and_are_not_are_garbled") {  // N5
  World world({0, 1'000'000, true, {}, true});
  REQUIRE(world.run(std::string(1000, '\xff'), true));
  CHECK(world.outcome == Outcome::garbled);
  CHECK(world.error);
  CHECK(world.sink.content.empty());
}

TEST_CASE("the_rate_limit_is_of_what_compressed_bytes_stand_for") {
  World world({0, 3'000'000, true, {}, true}, 6'000'000);
  const TimePoint start = world.loop.now();
  REQUIRE(world.run(deflated(std::string(3'000'000, 'x')), true));
  CHECK(world.outcome == Outcome::complete);
  CHECK(world.loop.now() - start > std::chrono::milliseconds(250));
}
