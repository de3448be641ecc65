#include "transfer/crew.h"

#include <iterator>
#include <vector>

#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using std::chrono::milliseconds;
using std::chrono::seconds;
using State = Worker::State;

namespace {

constexpr uint64_t kFileBytes = 100'000;
// Enough to open or to answer, not to fetch the file.
constexpr Duration kMoment = milliseconds(50);

class Nowhere final : public Sink {
 public:
  Status write(std::span<const std::byte>) override { return {}; }
};

class OtherUser final : public SessionUser {
 public:
  void on_inspected(Session&, Result<ftp::FileFacts>) override {}
  void on_bytes(Session&, uint64_t, TimePoint) override {}
  void on_range_end(Session&, const RangeEnd&, TimePoint) override {}
  void on_lost(Session&, const SessionEnd&, TimePoint) override {}
};

/// A crew, and the least that its owner has to do.
struct World final : SessionUser {
  static constexpr int kMost = 5;

  static SessionPool::Options options() {
    SessionPool::Options options;
    options.tuner.fixed = kMost;
    options.pace = ConnectPace(Duration(0));
    return options;
  }

  explicit World(int wanted) : factory(time, server), pool(factory, options()) {
    server.content = fake::content_of(kFileBytes);
    server.size = kFileBytes;
    pool.want(*this, wanted);
  }
  ~World() override {
    pool.close_all();
    run(kMoment);
    CHECK(pool.all_closed());
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void run(Duration duration) {
    for (const TimePoint end = time.now() + duration; time.now() < end;) {
      pool.step(time.now());
      REQUIRE(time.advance(end));
    }
    pool.step(time.now());
  }
  /// All that are wanted are open, and have said what the file is.
  void gather() {
    run(kMoment);
    crew.take();
    run(kMoment);
  }
  Session& session(int n) { return *std::next(crew.workers().begin(), n)->first; }
  Worker& worker(int n) { return crew.of(session(n)); }
  int count(State state) const {
    int sum = 0;
    for (const auto& [session, worker] : crew.workers()) sum += worker.state == state;
    return sum;
  }
  void fetch(int n) {
    worker(n).state = State::fetching;
    session(n).fetch({"f", 0, kFileBytes}, nowhere);
  }
  /// It has brought bytes, and is idle again.
  void prove(int n) {
    fetch(n);
    run(seconds(1));
    CHECK(worker(n).state == State::idle);
  }
  void dismiss(int n) { crew.dismiss(session(n), worker(n)); }

  void on_inspected(Session& session, Result<ftp::FileFacts>) override {
    crew.of(session).state = State::idle;
  }
  void on_bytes(Session&, uint64_t, TimePoint) override {}
  void on_range_end(Session& session, const RangeEnd&, TimePoint) override {
    crew.of(session).state = State::idle;
  }
  void on_lost(Session& session, const SessionEnd&, TimePoint) override {
    crew.workers().erase(&session);
    ++lost;
  }

  fake::Server server;
  fake::Time time;
  fake::FakeFactory factory;
  SessionPool pool;
  Crew crew{pool, *this, "f"};
  Nowhere nowhere;
  int lost = 0;
};

}  // namespace

TEST_CASE("a_crew_takes_as_many_sessions_as_it_may_have") {
  World world(3);
  const OtherUser other;
  world.pool.want(other, 2);
  world.crew.take();
  CHECK(world.crew.workers().empty());
  world.run(kMoment);
  world.crew.take();
  CHECK(world.crew.workers().size() == 3);
  CHECK(world.pool.idle_sessions() == 2);
  CHECK(world.crew.has_idle());
  world.crew.take();
  CHECK(world.crew.workers().size() == 3);
}

TEST_CASE("each_session_is_asked_once_what_the_file_is_before_it_works") {
  World world(2);
  world.run(kMoment);
  world.crew.take();
  CHECK(world.count(State::inspecting) == 2);
  CHECK_FALSE(world.crew.has_idle());
  CHECK(world.server.asked_anew == std::vector<bool>{false, false});
  world.crew.take();
  world.run(kMoment);
  world.crew.take();
  CHECK(world.count(State::idle) == 2);
  CHECK(world.crew.has_idle());
  CHECK(world.server.asked_anew.size() == 2);
}

TEST_CASE("a_session_that_comes_back_is_not_asked_again") {
  World world(1);
  world.gather();
  world.crew.give_back();
  world.crew.take();
  CHECK(world.count(State::idle) == 1);
  CHECK(world.server.asked_anew.size() == 1);
}

TEST_CASE("a_session_that_somebody_else_had_meanwhile_is_asked_again") {
  World world(1);
  OtherUser other;
  world.gather();
  world.crew.give_back();
  world.pool.want(other, 1);
  Session* const session = world.pool.borrow(other);
  REQUIRE(session != nullptr);
  world.pool.give_back(*session);
  world.crew.take();
  CHECK(world.count(State::inspecting) == 1);
}

TEST_CASE("one_of_a_crew_is_asked_once_more") {
  World world(3);
  world.gather();
  world.crew.ask_again(world.time.now());
  world.crew.ask_again(world.time.now());
  CHECK(world.count(State::inspecting) == 1);
  CHECK(world.server.asked_anew == std::vector<bool>{false, false, false, true});
}

TEST_CASE("when_no_answer_comes_another_one_is_asked_as_well") {
  World world(3);
  world.gather();
  const TimePoint began = world.time.now();
  const TimePoint late = world.crew.ask_again(began);
  CHECK(late == began + Crew::kAnswerPatience);
  CHECK(world.crew.asked_in_vain(late - milliseconds(1)) == 0);
  CHECK(world.crew.ask_again(late - milliseconds(1)) == late);
  CHECK(world.count(State::inspecting) == 1);
  CHECK(world.crew.asked_in_vain(late) == 1);
  CHECK(world.crew.ask_again(late) == late + Crew::kAnswerPatience);
  CHECK(world.count(State::inspecting) == 2);
}

TEST_CASE("who_was_cut_is_asked_once_more_only_when_there_is_no_other") {
  World world(2);
  world.gather();
  world.worker(0).cut = true;
  world.worker(1).last_byte = world.worker(0).last_byte + seconds(1);
  world.crew.ask_again(world.time.now());
  CHECK(world.worker(0).state == State::idle);
  CHECK(world.worker(1).state == State::inspecting);
}

TEST_CASE("a_crew_of_none_borrows_one_to_ask") {
  World world(3);
  world.crew.ask_again(world.time.now());
  CHECK(world.crew.workers().empty());
  world.run(kMoment);
  world.crew.ask_again(world.time.now());
  CHECK(world.crew.workers().size() == 1);
  CHECK(world.server.asked_anew == std::vector<bool>{true});
}

TEST_CASE("who_has_brought_bytes_chooses_first_and_who_was_cut_last") {
  World world(3);
  world.gather();
  world.prove(2);
  world.worker(0).cut = true;
  Session* const first = &world.session(2);
  Session* const second = &world.session(1);
  Session* const last = &world.session(0);
  CHECK(world.crew.in_turn() == std::vector{first, second, last});
}

TEST_CASE("who_is_dismissed_is_closed_and_gets_no_work") {
  World world(2);
  world.gather();
  Session* const stays = &world.session(0);
  world.dismiss(1);
  CHECK(world.worker(1).leaving);
  CHECK(world.crew.in_turn() == std::vector{stays});
  world.crew.ask_again(world.time.now());
  CHECK(world.worker(1).state == State::idle);
  CHECK(world.crew.of(*stays).state == State::inspecting);
  CHECK_FALSE(world.crew.has_idle());
  world.run(milliseconds(2));
  CHECK(world.lost == 1);
  CHECK(world.server.living == 1);
}

TEST_CASE("who_is_dismissed_before_it_was_asked_is_not_asked") {
  World world(1);
  world.gather();
  world.worker(0).state = State::unproven;
  world.dismiss(0);
  world.crew.take();
  CHECK(world.server.asked_anew.size() == 1);
}

TEST_CASE("what_is_given_back_stays_open_but_for_one_in_the_middle_of_something") {
  World world(3);
  world.gather();
  world.crew.ask_again(world.time.now());
  world.crew.give_back();
  CHECK(world.crew.workers().empty());
  CHECK(world.pool.idle_sessions() == 2);
  world.pool.want(world, 0);
  world.run(kMoment);
  CHECK(world.server.living == 2);
  CHECK(world.lost == 0);
}

TEST_CASE("idle_ones_go_when_there_are_more_than_there_may_be") {
  World world(3);
  world.gather();
  CHECK_FALSE(world.crew.release_surplus());
  CHECK(world.crew.workers().size() == 3);
  Session* const busy = &world.session(0);
  world.fetch(0);
  world.pool.want(world, 1);
  CHECK_FALSE(world.crew.release_surplus());
  CHECK(world.crew.workers().size() == 1);
  CHECK(world.crew.of(*busy).fetching());
  CHECK(world.pool.idle_sessions() == 2);
}

TEST_CASE("a_surplus_at_work_is_one_until_it_is_cut_or_leaves") {
  World world(3);
  world.gather();
  for (const int n : {0, 1, 2}) world.fetch(n);
  world.pool.want(world, 1);
  CHECK(world.crew.release_surplus());
  world.worker(0).cut = true;
  CHECK(world.crew.release_surplus());
  world.dismiss(1);
  CHECK_FALSE(world.crew.release_surplus());
  CHECK(world.crew.workers().size() == 3);
}

TEST_CASE("without_work_are_those_held_that_fetch_nothing") {
  World world(3);
  CHECK(world.crew.without_work() == 1);
  world.gather();
  CHECK(world.crew.without_work() == 3);
  world.fetch(0);
  CHECK(world.crew.without_work() == 2);
  world.fetch(1);
  world.fetch(2);
  CHECK(world.crew.without_work() == 1);
}

TEST_CASE("joining_are_those_that_are_about_to_come_too") {
  World world(3);
  CHECK(world.crew.joining() == 3);
  world.gather();
  world.fetch(0);
  CHECK(world.crew.joining() == 2);
  world.fetch(1);
  world.fetch(2);
  CHECK(world.crew.joining() == 1);
}

TEST_CASE("able_beside_one_are_those_that_fetch_or_have_brought_bytes") {
  World world(3);
  world.gather();
  CHECK(world.crew.able_beside(world.session(0)) == 0);
  world.fetch(1);
  CHECK(world.crew.able_beside(world.session(0)) == 1);
  CHECK(world.crew.able_beside(world.session(1)) == 0);
  world.run(seconds(1));
  REQUIRE(world.worker(1).state == State::idle);
  CHECK(world.crew.able_beside(world.session(0)) == 1);
  CHECK(world.crew.able_beside(world.session(1)) == 0);
  world.dismiss(1);
  CHECK(world.crew.able_beside(world.session(0)) == 0);
}

TEST_CASE("able_beside_one_is_what_lies_proven_in_the_pool") {
  World world(2);
  world.gather();
  world.prove(0);
  world.prove(1);
  world.pool.want(world, 1);
  CHECK_FALSE(world.crew.release_surplus());
  REQUIRE(world.crew.workers().size() == 1);
  CHECK(world.crew.able_beside(world.session(0)) == 1);
}
