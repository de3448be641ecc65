#include "net/host.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::net;

namespace {

class Nobody final : public Observer {
 public:
  void on_progress(const FetchProgress&) override {}
  void on_message(MessageLevel, std::string_view) override {}
};

struct World {
  explicit World(const Learned& learned = {}) : host(loop, settings(learned), bucket, nobody) {}

  static Host::Settings settings(const Learned& learned) {
    Host::Settings settings;
    settings.learned = learned;
    return settings;
  }

  Loop loop;
  TokenBucket bucket{0};
  Nobody nobody;
  Host host;
};

Learned known(store::Pipelining pipelining) {
  Learned learned;
  learned.known = true;
  learned.pipelining = pipelining;
  return learned;
}

}  // namespace

TEST_CASE("lines_go_ahead_after_the_login_until_one_session_has_tried_the_whole_way") {
  World world;
  Host& host = world.host;
  CHECK(host.choose_start_up() == StartUp::after_login);
  CHECK(host.choose_start_up() == StartUp::after_login);
  host.on_started(StartUp::after_login);
  CHECK(host.learned.known);
  CHECK(host.choose_start_up() == StartUp::from_connect);
  CHECK(host.choose_start_up() == StartUp::after_login);
  CHECK(host.learned.pipelining == store::Pipelining::unknown);
  host.on_started(StartUp::from_connect);
  CHECK(host.learned.pipelining == store::Pipelining::works);
  CHECK(host.choose_start_up() == StartUp::from_connect);
  CHECK(host.choose_start_up() == StartUp::from_connect);
}

TEST_CASE("a_known_host_gets_lines_from_the_connect_on") {
  using store::Pipelining;
  CHECK(World(known(Pipelining::unknown)).host.choose_start_up() == StartUp::from_connect);
  CHECK(World(known(Pipelining::works)).host.choose_start_up() == StartUp::from_connect);
  CHECK(World(known(Pipelining::fails)).host.choose_start_up() == StartUp::one_by_one);
}

TEST_CASE("where_lines_ahead_have_failed_they_are_not_tried_again") {
  World world(known(store::Pipelining::works));
  world.host.learned.pipelining = store::Pipelining::fails;
  CHECK(world.host.choose_start_up() == StartUp::one_by_one);
  world.host.on_started(StartUp::from_connect);  // by luck
  CHECK(world.host.choose_start_up() == StartUp::one_by_one);
}

TEST_CASE("the_round_trip_is_that_of_the_fastest_connect") {
  World world;
  CHECK_FALSE(world.host.learned.round_trip);
  for (const int ms : {30, 20, 40}) {
    world.host.on_connected(std::chrono::milliseconds(ms));
  }
  CHECK(world.host.learned.round_trip == std::chrono::milliseconds(20));
}
