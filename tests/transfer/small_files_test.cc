#include "transfer/small_files.h"

#include <algorithm>
#include <map>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/temp_folder.h"
#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using fake::Fault;
using fake::Server;

namespace {

/// Files of one folder, fetched from beginning to end.
struct World {
  explicit World(size_t files) {
    server.only_files = true;
    for (size_t i = 0; i < files; ++i) add(fmt::format("{:04}", i), fake::content_of(i % 7 * 300));
  }

  void add(const std::string& name, const std::string& content) {
    server.files["pub/" + name] = content;
    listed.push_back({folder, name, content.size(), {}, {}});
  }
  void run() {
    auto tree = *store::LocalTree::open(disk_folder / "");
    auto staging = *store::Staging::open(*tree, false);
    fake::Time time;
    const TimePoint began = time.now();
    fake::FakeFactory factory(time, server);
    SessionPool::Options options;
    options.tuner.fixed = sessions;
    options.retries = kRetries;
    options.pace = ConnectPace(Duration(0));
    SessionPool pool(factory, options);
    SmallFiles small(pool, *staging, kRetries, 1,
                     {[&](const SmallFiles::File& file, std::unique_ptr<store::StagedFile> staged) {
                        const auto at = fmt::format("{}/{}", staging->kFolder, staged->number());
                        done.push_back({file, disk_folder.read(at)});
                      },
                      [&](const SmallFiles::File& file, const Error& error, bool size_changed) {
                        failed.push_back({file, error, size_changed});
                      }});
    for (const auto& file : listed) small.add(file);
    if (stop_after) time.after(*stop_after, [&] { small.stop(); });
    constexpr int kMostSteps = 100'000;
    const auto turn = [&](TimePoint next) { REQUIRE(time.advance(next)); };
    for (int steps = 0; !small.is_idle(); ++steps) {
      REQUIRE(steps < kMostSteps);
      const TimePoint due = small.step(sessions, time.now());
      const TimePoint next = std::min(due, pool.step(time.now()));
      if (!small.is_idle()) turn(next);
    }
    took = time.now() - began;
    pool.close_all();
    for (int steps = 0; !pool.all_closed(); ++steps) {
      REQUIRE(steps < kMostSteps);
      const TimePoint next = pool.step(time.now());
      if (!pool.all_closed()) turn(next);
    }
  }
  /// Each of them once, and with its bytes.
  void check_all_came() const {
    CHECK(failed.empty());
    REQUIRE(done.size() == listed.size());
    std::vector<std::string> names;
    for (const Done& one : done) {
      names.push_back(one.file.name);
      CHECK(one.content == server.files.at("pub/" + one.file.name));
    }
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  }

  static constexpr int kRetries = 2;
  struct Done {
    SmallFiles::File file;
    std::string content;
  };
  struct Failed {
    SmallFiles::File file;
    Error error;
    bool size_changed;
  };
  cli::TempFolder disk_folder;
  SharedFolder folder = std::make_shared<TreeFolder>(TreeFolder{"pub", ""});
  Server server;
  std::vector<SmallFiles::File> listed;
  int sessions = 2;
  std::optional<Duration> stop_after;
  std::vector<Done> done;
  std::vector<Failed> failed;
  Duration took{};
};

}  // namespace

TEST_CASE("all_files_come_each_once") {
  for (const int sessions : {1, 2, 4}) {
    for (const bool takes_next : {false, true}) {
      CAPTURE(sessions);
      CAPTURE(takes_next);
      World world(50);
      world.sessions = sessions;
      world.server.takes_next = takes_next;
      world.run();
      world.check_all_came();
      CHECK(world.server.ranges == 50);
      CHECK(world.server.opened <= sessions);
      CHECK((world.server.followed > 25) == takes_next);
    }
  }
}

TEST_CASE("to_be_told_the_next_spares_a_round_trip") {
  World one_by_one(50);
  one_by_one.run();
  World together(50);
  together.server.takes_next = true;
  together.run();
  CHECK(to_seconds(together.took) < 0.6 * to_seconds(one_by_one.took));
}

TEST_CASE("what_fails_for_now_is_tried_again") {
  for (const bool takes_next : {false, true}) {
    for (const bool lost : {false, true}) {
      CAPTURE(takes_next);
      CAPTURE(lost);
      World world(30);
      world.server.takes_next = takes_next;
      std::map<std::string, int> asked;
      world.server.fault = [&](int, const RangeRequest& request) {
        const bool fails = request.path.ends_with('3') && asked[request.path]++ < World::kRetries;
        if (!fails) return Fault{};
        return Fault{.after_bytes = 0, .lost = lost, .reusable = false};
      };
      world.run();
      world.check_all_came();
    }
  }
}

TEST_CASE("a_file_is_given_up_after_its_retries") {
  World world(10);
  world.server.takes_next = true;
  world.server.fault = [](int, const RangeRequest& request) {
    return request.path == "pub/0003" ? Fault{.after_bytes = 0} : Fault{};
  };
  world.run();
  CHECK(world.done.size() == 9);
  REQUIRE(world.failed.size() == 1);
  CHECK(world.failed[0].file.name == "0003");
  CHECK(world.failed[0].error.kind == ErrorKind::network);
  CHECK_FALSE(world.failed[0].size_changed);
  CHECK(world.failed[0].file.failures == World::kRetries + 1);
}

TEST_CASE("a_file_that_is_not_there_is_asked_for_once") {
  World world(10);
  world.server.files.erase("pub/0004");
  world.run();
  CHECK(world.done.size() == 9);
  REQUIRE(world.failed.size() == 1);
  CHECK(world.failed[0].error.kind == ErrorKind::not_found);
  CHECK(world.server.ranges == 10);
}

TEST_CASE("a_file_of_another_size_is_to_be_looked_at_anew") {
  for (const ErrorKind kind : {ErrorKind::changed, ErrorKind::corrupt}) {
    World world(3);
    world.server.fault = [kind](int range, const RangeRequest&) {
      return range == 1 ? Fault{.after_bytes = 0, .kind = kind} : Fault{};
    };
    world.run();
    CHECK(world.done.size() == 2);
    REQUIRE(world.failed.size() == 1);
    CHECK(world.failed[0].size_changed);
  }
}

TEST_CASE("a_server_that_is_busy_gets_fewer_transfers") {
  World world(20);
  world.sessions = 4;
  int refused = 0;
  world.server.fault = [&](int, const RangeRequest&) {
    // Three are under way, and the server says that this is too many.
    if (world.server.living < 4 || refused >= 1) return Fault{};
    ++refused;
    return Fault{.after_bytes = 0, .kind = ErrorKind::busy};
  };
  world.run();
  world.check_all_came();
  CHECK(refused == 1);
  CHECK(world.server.ranges == 21);
}

TEST_CASE("nothing_comes_after_a_stop") {
  World world(200);
  world.server.takes_next = true;
  world.stop_after = std::chrono::milliseconds(300);
  world.run();
  CHECK(world.failed.empty());
  CHECK(world.done.size() > 5);
  CHECK(world.done.size() < 100);
  CHECK(world.took < std::chrono::milliseconds(400));
}
