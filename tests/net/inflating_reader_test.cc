#include "net/inflating_reader.h"

#include <cerrno>
#include <string>

#include "deflated.h"
#include "turn.h"

using namespace ftpull;
using namespace ftpull::net;
using namespace ftpull::net::test;

namespace {

struct World {
  /// Reads as often as told, never more than `step` bytes at once; the last result stays in `last`.
  std::string read(size_t step, int times = 1'000'000) {
    std::string plain;
    std::string buffer(step, '\0');
    for (last = 1; last > 0 && times > 0; --times) {
      last = reader.read(connection.ours.get(), std::as_writable_bytes(std::span(buffer)));
      code = errno;
      if (last > 0) plain.append(buffer, 0, static_cast<size_t>(last));
    }
    return plain;
  }

  Connection connection;
  InflatingReader reader;
  ssize_t last = 0;
  int code = 0;
};

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + "\n";
  return text;
}();

}  // namespace

TEST_CASE("a_stream_with_a_header_or_without_one_is_read_in_steps_of_any_size") {  // N5
  for (const bool header : {true, false}) {
    for (const size_t step : {size_t{1}, size_t{13}, size_t{4096}, kText.size() * 2}) {
      World world;
      world.connection.send(deflated(kText, header));
      world.connection.hang_up();
      const bool same = world.read(step) == kText;
      CHECK(same);
      CHECK(world.last == 0);
    }
  }
}

TEST_CASE("what_has_come_is_told_at_once_and_the_rest_when_it_comes") {
  World world;
  const std::string bytes = deflated(kText);
  std::string plain;
  // Byte by byte at the start, where the header is; in two parts after it.
  for (size_t at = 0; at < bytes.size();) {
    const size_t n = at < 20 ? 1 : bytes.size() / 2;
    world.connection.send(std::string_view(bytes).substr(at, n));
    at += n;
    plain += world.read(100'000);
    if (at < bytes.size()) CHECK(world.last == -1);
    if (at < bytes.size()) CHECK(world.code == EAGAIN);
  }
  CHECK(plain == kText);
  CHECK(world.last == 0);
}

TEST_CASE("more_waits_where_the_socket_has_nothing_left") {
  World world;
  world.connection.send(deflated(std::string(1'000'000, 'x')));
  CHECK_FALSE(world.reader.has_more());
  CHECK(world.read(1000, 1) == std::string(1000, 'x'));
  CHECK(world.reader.has_more());
  CHECK(world.read(1000).size() == 999'000);
  CHECK_FALSE(world.reader.has_more());
}

TEST_CASE("a_stream_that_breaks_off_is_an_error_wherever_it_does") {  // N6
  const std::string bytes = deflated("some words, some words, some words");
  for (size_t length = 1; length < bytes.size(); ++length) {
    CAPTURE(length);
    World world;
    world.connection.send(bytes.substr(0, length));
    world.connection.hang_up();
    world.read(1000);
    CHECK(world.last == -1);
    CHECK(world.code == EPIPE);
  }
}

TEST_CASE("nothing_at_all_is_nothing") {
  World world;
  world.connection.hang_up();
  CHECK(world.read(1000).empty());
  CHECK(world.last == 0);
}

TEST_CASE("what_follows_the_stream_is_not_read") {
  World world;
  world.connection.send(deflated("all") + "and more");
  CHECK(world.read(1000) == "all");
  CHECK(world.last == 0);
}

TEST_CASE("bytes_that_are_no_such_stream_are_an_error") {  // N5
  for (const std::string& bytes :
       {std::string(100, '\xff'), "\x78\x9c" + std::string(50, '\xff')}) {
    World world;
    world.connection.send(bytes);
    world.read(1000);
    CHECK(world.last == -1);
    CHECK(world.code == EBADMSG);
  }
}

TEST_CASE("a_stream_whose_sum_is_wrong_is_an_error") {
  World world;
  std::string bytes = deflated("some words");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  world.connection.send(bytes);
  world.read(1000);
  CHECK(world.code == EBADMSG);
}
