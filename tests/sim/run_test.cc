#include "run.h"

#include <doctest/doctest.h>

#include "store/seam.h"

using namespace ftpull;
using namespace ftpull::sim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// Four sessions of a quarter of a megabyte a second each, and nothing wrong.
Path easy_path() {
  Path path;
  path.seed = 1;
  path.round_trip = milliseconds(10);
  path.link_rate = 1e6;
  path.flow_rate = 0.25e6;
  path.target = seconds(20);
  return path;
}

}  // namespace

TEST_CASE("an_easy_path_is_used_nearly_to_the_full") {
  const Outcome outcome = run(easy_path(), Number::given);
  CHECK(check(outcome));
  CHECK(outcome.sessions == 4);
  CHECK(outcome.ratio() > 1);
  CHECK(outcome.ratio() < 1.03);
  CHECK(outcome.wasted_bytes == 0);
  CHECK(outcome.faults == 0);
}

TEST_CASE("a_seed_runs_the_same_each_time") {
  const Path path = draw_path(222);
  CHECK(describe(run(path)) == describe(run(path)));
}

TEST_CASE("what_must_not_be_is_found") {
  const Outcome good = run(easy_path(), Number::given);
  const auto is_found = [&](auto spoil) {
    Outcome bad = good;
    spoil(bad);
    return !check(bad).has_value();
  };
  CHECK(is_found([](Outcome& one) { one.in_time = false; }));
  CHECK(is_found([](Outcome& one) { one.result = fail(ErrorKind::network, "gave up"); }));
  CHECK(is_found([](Outcome& one) { --one.written_bytes; }));
  CHECK(is_found([](Outcome& one) { one.written_twice_bytes = 1; }));
  CHECK(is_found([](Outcome& one) {
    one.sent_bytes += static_cast<uint64_t>(one.connections) * store::Seam::kLeadBytes;
  }));
  CHECK(is_found([](Outcome& one) { ++one.most_held; }));
  CHECK(is_found([](Outcome& one) { one.path.server_cap = 3; }));
}

TEST_CASE("connects_are_paced_as_a_bucket_fills") {
  const auto keeps_pace = [](std::vector<int> at_ms) {
    std::vector<Duration> connects;
    for (const int at : at_ms) connects.push_back(milliseconds(at));
    return check_pace(connects).has_value();
  };
  CHECK(keeps_pace({0, 0, 0, 0, 100, 200, 300}));
  CHECK_FALSE(keeps_pace({0, 0, 0, 0, 99}));
  CHECK_FALSE(keeps_pace({0, 0, 0, 0, 100, 150}));
  CHECK(keeps_pace({0, 1000, 1000, 1000, 1000}));
  CHECK_FALSE(keeps_pace({0, 1000, 1000, 1000, 1000, 1000}));
}
