#include "transfer/session_pool.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::transfer;

namespace {

/// A session moved by hand.
class HandSession final : public Session {
 public:
  HandSession(SessionObserver& observer, std::vector<HandSession*>& all)
      : observer_(observer), all_(all) {
    all_.push_back(this);
  }
  ~HandSession() override { std::erase(all_, this); }

  void open(const std::string& expected) override {
    opening = true;
    expected_path = expected;
  }
  void inspect(const std::string&, bool) override {}
  void fetch(const RangeRequest&, Sink&) override {}
  int number() const override { return 0; }
  Duration round_trip() const override { return std::chrono::milliseconds(10); }
  bool path_is_full() const override { return false; }
  uint64_t claimed() const override { return 0; }
  void cut() override {}
  void set_end(uint64_t, bool) override {}
  void close() override { closing = true; }

  void opens(TimePoint now) { observer_.on_open(*this, now); }
  void ends(TimePoint now, ErrorKind kind, std::optional<int> limit = {}) {
    observer_.on_closed(*this, {{kind, "no", "", ""}, limit}, now);
  }

  bool opening = false;
  std::string expected_path;
  bool closing = false;

 private:
  SessionObserver& observer_;
  std::vector<HandSession*>& all_;
};

class HandFactory final : public SessionFactory {
 public:
  std::unique_ptr<Session> make_session(SessionObserver& observer) override {
    return std::make_unique<HandSession>(observer, all);
  }
  std::vector<HandSession*> all;
};

class LossCounter final : public SessionUser {
 public:
  void on_inspected(Session&, Result<ftp::FileFacts>) override { ++calls; }
  void on_bytes(Session&, uint64_t, TimePoint) override { ++calls; }
  void on_range_end(Session&, const RangeEnd&, TimePoint) override { ++calls; }
  void on_lost(Session&, const SessionEnd&, TimePoint) override { ++lost; }
  int calls = 0;
  int lost = 0;
};

struct World {
  HandFactory factory;
  LossCounter user;
  SessionPool pool;
  TimePoint now{std::chrono::seconds(1000)};

  static SessionPool::Options usual() {
    SessionPool::Options options;
    options.tuner.fixed = 16;
    options.retries = 2;
    options.seed = 1;
    options.pace = ConnectPace(Duration(0));
    return options;
  }

  explicit World(int wanted, const SessionPool::Options& options = usual())
      : pool(factory, options) {
    pool.want(user, wanted);
    pool.step(now);
  }
  ~World() {
    pool.close_all();
    end_all_closing();
    CHECK(pool.all_closed());
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  HandSession& session(size_t i) { return *factory.all.at(i); }
  void open(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) session(i).opens(now);
  }
  /// All that are open bring bytes.
  void move() {
    while (Session* const session = pool.borrow(user)) pool.on_bytes(*session, 1, now);
  }
  /// The server allows two of four.
  void learn_cap_of_two() {
    open(0, 2);
    for (const size_t last : {3, 2}) session(last).ends(now, ErrorKind::busy);
    pool.step(now);
  }
  void end_all_closing() {
    for (HandSession* s : std::vector(factory.all)) s->ends(now, ErrorKind::interrupted);
    pool.step(now);
  }
  /// Fails the only session that is being opened and goes on to the next attempt.
  void fail_and_wait(ErrorKind kind, std::optional<int> limit = {}) {
    session(factory.all.size() - 1).ends(now, kind, limit);
    const TimePoint next = pool.step(now);
    if (next == kNever) return;
    CHECK(next > now);
    now = next;
    pool.step(now);
  }
};

}  // namespace

TEST_CASE("a_session_is_told_what_it_will_most_likely_be_used_for") {
  World world(0);
  world.pool.want(world.user, 1, "a/f");
  world.pool.step(world.now);
  CHECK(world.session(0).expected_path == "a/f");
}

TEST_CASE("as_many_sessions_as_are_wanted_are_opened_at_once") {
  World world(3);
  CHECK(world.factory.all.size() == 3);
  CHECK(world.session(2).opening);
  CHECK(world.pool.open_sessions() == 0);
  CHECK(world.pool.borrow(world.user) == nullptr);
  world.open(0, 3);
  CHECK(world.pool.open_sessions() == 3);
  CHECK(world.pool.step(world.now) == kNever);
  CHECK(world.factory.all.size() == 3);
}

TEST_CASE("a_session_is_lent_to_one_user_at_a_time") {
  LossCounter other;
  World world(1);
  world.pool.want(other, 1);
  world.open(0, 1);
  Session* const session = world.pool.borrow(world.user);
  CHECK(session == &world.session(0));
  CHECK(world.pool.borrow(other) == nullptr);
  world.pool.give_back(*session);
  CHECK(world.pool.knows(*session, world.user));
  CHECK(world.pool.borrow(other) == session);
  CHECK_FALSE(world.pool.knows(*session, other));
}

TEST_CASE("after_give_back_a_user_hears_nothing") {
  World world(1);
  world.open(0, 1);
  Session* const session = world.pool.borrow(world.user);
  world.pool.on_bytes(*session, 5, world.now);
  CHECK(world.user.calls == 1);
  world.pool.give_back(*session);
  world.pool.on_bytes(*session, 5, world.now);
  CHECK(world.user.calls == 1);
  world.session(0).ends(world.now, ErrorKind::network);
  CHECK(world.user.lost == 0);
}

TEST_CASE("a_discarded_session_is_closed_told_lost_and_replaced") {
  World world(1);
  world.open(0, 1);
  Session* const session = world.pool.borrow(world.user);
  world.pool.discard(*session);
  CHECK(world.session(0).closing);
  CHECK(world.user.lost == 0);
  CHECK(world.pool.open_sessions() == 0);
  world.session(0).ends(world.now, ErrorKind::interrupted);
  CHECK(world.user.lost == 1);
  world.pool.step(world.now);
  CHECK(world.factory.all.size() == 1);
  CHECK(world.session(0).opening);
}

TEST_CASE("idle_sessions_beyond_what_is_wanted_are_closed_lent_ones_are_not") {
  World world(3);
  world.open(0, 3);
  Session* const lent = world.pool.borrow(world.user);
  world.pool.want(world.user, 1);
  CHECK(world.pool.step(world.now) == world.now + SessionPool::kIdleGrace);
  CHECK(world.pool.open_sessions() == 3);
  world.pool.step(world.now + SessionPool::kIdleGrace);
  CHECK(world.pool.open_sessions() == 1);
  CHECK_FALSE(static_cast<HandSession*>(lent)->closing);
  CHECK(std::count_if(world.factory.all.begin(), world.factory.all.end(),
                      [](const HandSession* s) { return s->closing; }) == 2);
}

TEST_CASE("a_limit_beside_living_sessions_lowers_the_cap_to_them") {  // C1, C3
  for (const ErrorKind kind : {ErrorKind::busy, ErrorKind::login}) {
    World world(4);
    world.open(0, 2);
    world.session(2).ends(world.now, kind);
    CHECK(world.pool.cap() == 3);  // the fourth may get in
    CHECK_FALSE(world.pool.failure());
    world.session(3).ends(world.now, kind);
    world.pool.step(world.now);
    CHECK(world.pool.cap() == 2);
    CHECK(world.factory.all.size() == 2);
    CHECK(world.pool.step(world.now + std::chrono::hours(1)) == kNever);
    CHECK(world.factory.all.size() == 2);
  }
}

TEST_CASE("refusals_before_the_first_is_open_are_a_limit_too_once_it_is") {
  World world(4);
  world.session(2).ends(world.now, ErrorKind::busy);
  CHECK(world.pool.cap() == 16);
  world.open(0, 1);
  CHECK(world.pool.cap() == 3);  // the two others may get in
  world.session(3).ends(world.now, ErrorKind::busy);
  world.open(1, 2);
  CHECK(world.pool.cap() == 2);
}

TEST_CASE("refusals_of_all_are_no_limit") {
  World world(2);
  world.session(0).ends(world.now, ErrorKind::busy);
  world.session(1).ends(world.now, ErrorKind::busy);
  world.now = world.pool.step(world.now);
  world.pool.step(world.now);
  world.session(0).opens(world.now);
  CHECK(world.pool.cap() == 16);
}

TEST_CASE("a_number_in_the_servers_words_can_only_lower_the_cap") {
  World world(4);
  world.open(0, 3);
  world.session(3).ends(world.now, ErrorKind::busy, 50);
  CHECK(world.pool.cap() == 3);
  World other(4);
  other.open(0, 3);
  other.session(3).ends(other.now, ErrorKind::busy, 1);
  CHECK(other.pool.cap() == 1);
}

TEST_CASE("a_limit_without_living_sessions_is_learned_and_tried_again") {
  World world(1);
  world.fail_and_wait(ErrorKind::busy, 3);
  CHECK(world.pool.cap() == 3);
  CHECK_FALSE(world.pool.failure());
  CHECK(world.factory.all.size() == 1);
}

TEST_CASE("silent_refusals_beside_living_sessions_are_a_limit_after_some") {  // C9
  World world(2);
  world.open(0, 1);
  world.fail_and_wait(ErrorKind::network);
  world.fail_and_wait(ErrorKind::network);
  CHECK(world.pool.cap() == 16);
  world.fail_and_wait(ErrorKind::network);
  CHECK(world.pool.cap() == 1);
  CHECK_FALSE(world.pool.failure());
}

TEST_CASE("after_a_failure_one_session_at_a_time_is_opened_until_one_is_open") {  // C12
  World world(3);
  world.open(0, 1);
  world.session(1).ends(world.now, ErrorKind::network);
  world.session(2).ends(world.now, ErrorKind::network);
  world.now = world.pool.step(world.now);
  world.pool.step(world.now);
  CHECK(world.factory.all.size() == 2);
  world.pool.step(world.now + std::chrono::hours(1));
  CHECK(world.factory.all.size() == 2);
  world.open(1, 2);
  world.pool.step(world.now);
  CHECK(world.factory.all.size() == 3);
}

TEST_CASE("opening_is_given_up_after_the_retries_and_says_how_many") {
  World world(1);
  const TimePoint began = world.now;
  world.fail_and_wait(ErrorKind::network);
  CHECK_FALSE(world.pool.failure());
  world.fail_and_wait(ErrorKind::network);
  CHECK_FALSE(world.pool.failure());
  world.fail_and_wait(ErrorKind::network);
  const auto& failure = world.pool.failure();
  REQUIRE(failure);
  CHECK(failure->message == "no (gave up after 3 attempts)");
  world.pool.want(world.user, 0);
  CHECK_FALSE(world.pool.failure());
  CHECK(world.now - began >= 2 * Backoff::kShortest);
}

TEST_CASE("between_two_attempts_nothing_is_opened") {
  World world(1);
  world.session(0).ends(world.now, ErrorKind::network);
  const TimePoint next = world.pool.step(world.now);
  CHECK(next >= world.now + Backoff::kShortest);
  world.pool.step(next - Duration(1));
  CHECK(world.factory.all.empty());
  world.pool.step(next);
  CHECK(world.factory.all.size() == 1);
}

TEST_CASE("a_session_that_brings_bytes_begins_the_count_of_failures_again") {
  World world(1);
  for (int round = 0; round < 5; ++round) {
    world.fail_and_wait(ErrorKind::network);
    world.fail_and_wait(ErrorKind::network);
    CHECK_FALSE(world.pool.failure());
    world.open(0, 1);
    world.pool.on_bytes(world.session(0), 1, world.now);
    world.session(0).ends(world.now, ErrorKind::network);
    world.pool.step(world.now);
  }
}

TEST_CASE("sessions_that_end_before_a_byte_are_not_opened_without_end") {
  World world(1);
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(world.pool.failure());
    world.open(0, 1);
    if (i == 0) REQUIRE(world.pool.borrow(world.user) != nullptr);
    world.fail_and_wait(ErrorKind::network);
  }
  CHECK(world.pool.failure());
}

TEST_CASE("a_rejected_session_counts_as_a_failure_to_open_one") {
  World world(1);
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(world.pool.failure());
    world.open(0, 1);
    Session* const session = world.pool.borrow(world.user);
    REQUIRE(session != nullptr);
    world.pool.reject(*session, {ErrorKind::network, "of no use", {}, {}});
    world.fail_and_wait(ErrorKind::interrupted);
  }
  const auto& failure = world.pool.failure();
  REQUIRE(failure);
  CHECK(failure->message == "of no use (gave up after 3 attempts)");
}

TEST_CASE("a_refused_password_is_given_up_at_once") {
  for (const ErrorKind kind : {ErrorKind::login, ErrorKind::usage, ErrorKind::tls}) {
    World world(1);
    world.fail_and_wait(kind);
    const auto& failure = world.pool.failure();
    REQUIRE(failure);
    CHECK(failure->message == "no");
  }
}

TEST_CASE("a_refused_password_after_a_login_is_tried_again") {  // B6
  World world(1);
  world.open(0, 1);
  world.pool.on_bytes(world.session(0), 1, world.now);
  world.session(0).ends(world.now, ErrorKind::network);
  world.pool.step(world.now);
  world.fail_and_wait(ErrorKind::login);
  CHECK_FALSE(world.pool.failure());
  CHECK(world.factory.all.size() == 1);
}

TEST_CASE("the_cap_holds_whatever_is_wanted") {
  World world(4);
  world.open(0, 4);
  world.pool.lower_cap(2);
  world.pool.lower_cap(3);
  CHECK(world.pool.cap() == 2);
  world.pool.step(world.now);
  CHECK(world.pool.open_sessions() == 2);
  world.pool.lower_cap(0);
  CHECK(world.pool.cap() == 1);
}

TEST_CASE("a_cap_is_tried_again_by_one_after_a_time") {  // C10
  World world(4);
  world.learn_cap_of_two();
  world.move();
  for (const size_t sessions : {2, 3}) {
    const TimePoint next = world.pool.step(world.now);
    CHECK(next == world.now + ServerCap::kTryAgain);
    world.pool.step(next - Duration(1));
    CHECK(world.factory.all.size() == sessions);
    world.now = next;
    world.pool.step(world.now);
    CHECK(world.factory.all.size() == sessions + 1);
    CHECK(world.pool.server_cap().learned() == sessions);
    // While it is not known how that went there is no other.
    CHECK(world.pool.step(world.now + std::chrono::hours(1)) == kNever);
    CHECK(world.factory.all.size() == sessions + 1);
    world.open(sessions, sessions + 1);
    world.move();
    CHECK(world.pool.server_cap().learned() == sessions + 1);
  }
  CHECK(world.pool.step(world.now + std::chrono::hours(1)) == kNever);
}

TEST_CASE("a_cap_that_is_found_again_holds_for_the_same_time_and_is_no_failure") {  // C9, C10
  for (const ErrorKind kind : {ErrorKind::busy, ErrorKind::login, ErrorKind::network}) {
    World world(4);
    world.learn_cap_of_two();
    world.move();
    for (int round = 0; round < 9; ++round) {
      world.now = world.pool.step(world.now);
      world.pool.step(world.now);
      REQUIRE(world.factory.all.size() == 3);
      CHECK(world.pool.cap() == 3);
      world.session(2).ends(world.now, kind);
      CHECK(world.pool.cap() == 2);
      CHECK(world.pool.step(world.now) == world.now + ServerCap::kTryAgain);
      CHECK(world.pool.server_cap().learned() == 2);
      CHECK_FALSE(world.pool.failure());
    }
    CHECK(world.user.lost == 0);
  }
}

TEST_CASE("a_session_over_the_cap_that_brings_nothing_does_not_count_as_allowed") {  // C10
  World world(4);
  world.learn_cap_of_two();
  world.move();
  world.now = world.pool.step(world.now);
  world.pool.step(world.now);
  world.open(2, 3);
  REQUIRE(world.pool.borrow(world.user) != nullptr);
  world.session(2).ends(world.now, ErrorKind::network);
  CHECK(world.pool.server_cap().learned() == 2);
  CHECK(world.pool.cap() == 2);
}

TEST_CASE("a_cap_that_is_in_nobodys_way_is_not_tried_again") {  // C10
  World idle(4);
  idle.learn_cap_of_two();
  CHECK(idle.pool.step(idle.now + std::chrono::hours(1)) == kNever);
  CHECK(idle.factory.all.size() == 2);

  World content(4);
  content.learn_cap_of_two();
  content.move();
  content.pool.want(content.user, 2);
  CHECK(content.pool.step(content.now + std::chrono::hours(1)) == kNever);
  CHECK(content.pool.cap() == 2);

  World nearly_done(4);
  nearly_done.learn_cap_of_two();
  nearly_done.move();
  nearly_done.pool.want(nearly_done.user, 4, {}, std::chrono::seconds(5));
  CHECK(nearly_done.pool.step(nearly_done.now + std::chrono::hours(1)) == kNever);
  CHECK(nearly_done.pool.cap() == 2);
}

TEST_CASE("a_recalled_cap_is_tried_again_once_it_is_old_enough") {  // C10
  for (const Duration age : {Duration(0), Duration(ServerCap::kTryAgain / 2),
                             Duration(ServerCap::kTryAgain), Duration(std::chrono::hours(20))}) {
    SessionPool::Options options = World::usual();
    options.cap = 2;
    options.cap_age = age;
    World world(4, options);
    world.open(0, 2);
    CHECK(world.factory.all.size() == 2);
    world.move();
    const Duration left = std::max(ServerCap::kTryAgain - age, Duration(0));
    if (left > Duration(0)) CHECK(world.pool.step(world.now) == world.now + left);
    world.now += left;
    world.pool.step(world.now);
    CHECK(world.factory.all.size() == 3);
    CHECK_FALSE(world.pool.server_cap().is_fresh());
    world.session(2).ends(world.now, ErrorKind::busy);
    CHECK(world.pool.server_cap().is_fresh());
    CHECK(world.pool.step(world.now) == world.now + ServerCap::kTryAgain);
  }
}

TEST_CASE("close_all_closes_sessions_in_every_state") {
  World world(3);
  world.open(0, 2);
  world.pool.borrow(world.user);
  world.pool.close_all();
  for (const HandSession* session : world.factory.all) CHECK(session->closing);
  CHECK_FALSE(world.pool.all_closed());
  world.end_all_closing();
  CHECK(world.pool.all_closed());
  CHECK(world.user.lost == 1);
  CHECK_FALSE(world.pool.failure());
}
