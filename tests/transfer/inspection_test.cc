#include "transfer/inspection.h"

#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using fake::Server;

namespace {

/// Asks for these, and goes on until all is answered or stopped.
struct Run {
  Run(Server& server, const std::vector<std::string>& paths,
      std::optional<Duration> stop_after = {})
      : factory(time, server), pool(factory, pool_options()), inspection(pool) {
    for (const auto& path : paths) {
      inspection.ask(path, [this, path](Result<ftp::FileFacts> facts) {
        order.push_back(path);
        answers.emplace(path, std::move(facts));
      });
    }
    if (stop_after) time.after(*stop_after, [this] { inspection.stop(); });
    const auto turn = [&](TimePoint next) { REQUIRE(time.advance(next)); };
    for (int steps = 0; !inspection.is_idle(); ++steps) {
      REQUIRE(steps < kMostSteps);
      inspection.step();
      const TimePoint next = pool.step(time.now());
      if (pool.failure()) break;
      if (!inspection.is_idle()) turn(next);
    }
    pool.close_all();
    for (int steps = 0; !pool.all_closed(); ++steps) {
      REQUIRE(steps < kMostSteps);
      const TimePoint next = pool.step(time.now());
      if (!pool.all_closed()) turn(next);
    }
  }
  static SessionPool::Options pool_options() {
    SessionPool::Options options;
    options.tuner.fixed = 4;
    options.retries = 1;
    options.pace = ConnectPace(Duration(0));
    return options;
  }

  static constexpr int kMostSteps = 10'000;
  fake::Time time;
  fake::FakeFactory factory;
  SessionPool pool;
  Inspection inspection;
  std::vector<std::string> order;
  std::map<std::string, Result<ftp::FileFacts>> answers;
};

}  // namespace

TEST_CASE("files_are_asked_for_in_order_over_one_session") {
  Server server;
  server.only_files = true;
  server.files = {{"a", "1"}, {"b", "22"}};
  const Run run(server, {"b", "a", "missing"});
  CHECK(run.order == std::vector<std::string>{"b", "a", "missing"});
  CHECK(run.answers.at("a")->size_bytes == 1);
  CHECK(run.answers.at("b")->size_bytes == 2);
  CHECK_FALSE(run.answers.at("missing")->refusal.empty());
  CHECK(server.opened == 1);
  CHECK(std::all_of(server.asked_anew.begin(), server.asked_anew.end(), [](bool a) { return a; }));
}

TEST_CASE("a_question_that_is_stopped_has_no_answer") {
  Server server;
  const Run run(server, {"a", "b"}, std::chrono::milliseconds(15));
  CHECK(run.answers.empty());
}
