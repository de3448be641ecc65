#include "transfer/file_queue.h"

#include <map>
#include <vector>

#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using namespace ftpull::transfer::fake;
namespace fs = std::filesystem;

namespace {

constexpr size_t kMiB = 1024 * 1024;

/// Several files with the same content, from one server.
struct World {
  explicit World(size_t bytes) {
    server.content = content_of(bytes);
    server.size = bytes;
  }

  Server server;
  Folder folder;
  Time time;
  SilentObserver observer;
  int first_sessions = Tuner::kFirst;
  OnChange on_change = OnChange::stop;
  std::optional<Duration> stop_after;
  std::map<std::string, Result<FetchResult>> results;
  std::vector<std::string> ended;
  Duration took{};

  void fetch(const std::vector<std::string>& names) {
    FakeFactory factory(time, server);
    LaterBackground background(time);
    SessionPool::Options options;
    options.retries = 2;
    SessionPool pool(factory, options);
    FileQueue queue(pool, store::posix_disk(), background, observer);
    for (const std::string& name : names)
      queue.add(job(name), [this, name](auto result) {
        ended.push_back(name);
        results.emplace(name, std::move(result));
      });
    if (stop_after) time.after(*stop_after, [&] { queue.stop(); });
    const TimePoint began = time.now();
    constexpr int kMostSteps = 200'000;
    int steps = 0;
    for (; !queue.empty() && steps < kMostSteps; ++steps) {
      const TimePoint next = queue.step(time.now());
      if (!queue.empty()) REQUIRE(time.advance(next));
    }
    REQUIRE(steps < kMostSteps);
    took = time.now() - began;
    pool.close_all();
    while (!pool.all_closed()) {
      const TimePoint next = pool.step(time.now());
      if (!pool.all_closed()) REQUIRE(time.advance(next));
    }
  }

  void check_fetched(const std::string& name) {
    const auto& result = results.at(name);
    REQUIRE_MESSAGE(result, describe(result.error()));
    const bool identical = read_file(folder / name.c_str()) == server.content;
    CHECK(identical);
  }

 private:
  Coordinator::Job job(const std::string& name) {
    Coordinator::Job one;
    one.path = "f";
    one.sessions = 16;
    one.first_sessions = first_sessions;
    one.retries = 2;
    one.local.target = folder / name.c_str();
    one.local.url = "ftp://host/";
    one.local.url += name;
    one.local.segment_bytes = 256 * 1024;
    one.local.on_change = on_change;
    return one;
  }
};

}  // namespace

TEST_CASE("small_files_come_side_by_side") {
  World world(100'000);
  std::vector<std::string> names;
  for (char name = 'a'; name < 'a' + 12; ++name) names.emplace_back(1, name);
  world.fetch(names);
  for (const std::string& name : names) world.check_fetched(name);
  CHECK(world.server.most_living >= 4);
  CHECK(world.server.sent == 12 * 100'000);
  // One after the other each takes 0.1 s for its bytes alone.
  CHECK(to_seconds(world.took) < 1.0);
}

TEST_CASE("the_first_file_gets_all_sessions_that_it_can_use") {
  World world(20 * kMiB);
  world.fetch({"a", "b"});
  world.check_fetched("a");
  world.check_fetched("b");
  CHECK(world.ended.front() == "a");
  CHECK(world.results.at("a")->connections > 4);
}

TEST_CASE("a_refused_login_ends_all_files_without_another_attempt") {
  World world(kMiB);
  world.server.opens_to_fail = 100;
  world.server.open_error = ErrorKind::login;
  world.first_sessions = 1;
  world.fetch({"a", "b", "c"});
  for (const char* const name : {"a", "b", "c"}) {
    REQUIRE_FALSE(world.results.at(name));
    CHECK(world.results.at(name).error().kind == ErrorKind::login);
  }
  CHECK(world.server.open_attempts.size() == 1);
}

TEST_CASE("a_file_that_fails_leaves_the_others_alone") {
  World world(kMiB);
  fs::create_directory(world.folder / "b");  // cannot become a file
  world.fetch({"a", "b", "c"});
  world.check_fetched("a");
  world.check_fetched("c");
  CHECK_FALSE(world.results.at("b"));
}

TEST_CASE("a_stop_ends_those_under_way_and_then_those_that_were_not_begun") {
  World world(20 * kMiB);
  world.stop_after = std::chrono::milliseconds(500);
  world.fetch({"a", "b", "c"});
  CHECK(world.ended.front() == "a");
  for (const char* const name : {"a", "b", "c"}) {
    REQUIRE_FALSE(world.results.at(name));
    CHECK(world.results.at(name).error().kind == ErrorKind::interrupted);
  }
  CHECK(world.results.at("c").error().message == "interrupted before it was begun");
  CHECK(fs::exists(world.folder / "a.part"));
  CHECK_FALSE(fs::exists(world.folder / "c.part"));
}
