#include "transfer/visit.h"

#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using fake::Server;

namespace {

Status visit(Server& server, bool stops = false) {
  fake::Time time;
  fake::FakeFactory factory(time, server);
  SessionPool::Options options;
  options.retries = 1;
  SessionPool pool(factory, options);
  Visit visit(pool);
  constexpr int kMostSteps = 10'000;
  int steps = 0;
  for (; !visit.result() && steps < kMostSteps; ++steps) {
    if (stops) visit.stop();
    const TimePoint next = visit.step(time.now());
    if (!visit.result() && !pool.failure()) REQUIRE(time.advance(next));
  }
  pool.close_all();
  for (; !pool.all_closed() && steps < kMostSteps; ++steps) {
    const TimePoint next = pool.step(time.now());
    if (!pool.all_closed()) REQUIRE(time.advance(next));
  }
  REQUIRE(pool.all_closed());
  REQUIRE(visit.result());
  return *visit.result();
}

}  // namespace

TEST_CASE("a_visit_opens_one_session") {
  Server server;
  CHECK(visit(server));
  CHECK(server.opened == 1);
  CHECK(server.requests.empty());
}

TEST_CASE("a_visit_fails_as_its_session_does") {
  Server server;
  server.opens_to_fail = 10;
  const Status result = visit(server);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::network);
}

TEST_CASE("a_visit_that_is_stopped_opens_nothing_more") {
  Server server;
  const Status result = visit(server, true);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::interrupted);
  CHECK(server.opened == 0);
}
