// The sessions of one host: opens as many as are wanted and worth having (tuner.h), no faster than
// is polite (connect_pace.h), lends them to users, and learns how many the server allows.
//
// Several users share them: each says how many it has work for, and gets as many as are left by
// those that came before it.
//
// Once one session has logged in, a refusal to open another one is never an error: it lowers the
// number that is held open, and the work goes on with those that live (QUIRKS C); after a time one
// more is tried again (server_cap.h). While none is open, failures are retried with growing waits,
// and given up after the allowed number of retries; a refused password is given up at once. A
// session that ends before it has brought a byte counts as a failure to open one: a server that
// lets us in and then does nothing is not logged into without end.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/backoff.h"
#include "core/rate_meter.h"
#include "transfer/connect_pace.h"
#include "transfer/server_cap.h"
#include "transfer/session.h"
#include "transfer/tuner.h"

namespace ftpull::transfer {

/// Who works with borrowed sessions. The calls are those of SessionObserver for them; after
/// on_lost() the session is gone.
class SessionUser {
 public:
  virtual ~SessionUser() = default;
  virtual void on_inspected(Session& session, Result<ftp::FileFacts> facts) = 0;
  virtual void on_bytes(Session& session, uint64_t bytes, TimePoint now) = 0;
  virtual void on_range_end(Session& session, const RangeEnd& end, TimePoint now) = 0;
  virtual void on_lost(Session& session, const SessionEnd& end, TimePoint now) = 0;
};

class SessionPool final : public SessionObserver {
 public:
  /// How long a session that nobody wants is kept for the next one who does.
  static constexpr Duration kIdleGrace = std::chrono::seconds(2);

  struct Options {
    Tuner::Options tuner{};
    int retries = 5;
    uint64_t seed = 0;  // of the jitter of waits
    ConnectPace pace{};
    std::optional<int> cap{};  // that the server is known to have
    Duration cap_age{};        // since that was found
    /// Whether the password is right is not known: one session logs in before the others, because
    /// several wrong logins at once lock a user out.
    bool one_first = false;
  };

  SessionPool(SessionFactory& factory, const Options& options)
      : factory_(factory),
        retries_(options.retries),
        pace_(options.pace),
        one_first_(options.one_first),
        tuner_(options.tuner),
        cap_(options.tuner.most, options.cap, options.cap_age),
        backoff_(options.seed) {}

  /// For how many sessions the user has work, with what file, and how long that will take at the
  /// present rate; 0 sessions: it has done with the pool.
  void want(const SessionUser& user, int sessions, const std::string& path = {},
            Duration left = Duration::max());
  /// Nobody else is there, or will come.
  bool is_only_user(const SessionUser& user) const {
    return wants_.size() == 1 && wants_.front().user == &user && !more_waits_;
  }
  /// What is under way takes round trips, and bytes hardly count: as many sessions as may be are
  /// worth having, and what they bring tells nothing about their number.
  void set_by_round_trips(bool is_so) { by_round_trips_ = is_so; }
  /// More users will come.
  void set_more_waits(bool waits) { more_waits_ = waits; }
  /// How many of them it may have.
  int allotment(const SessionUser& user) const { return share_of(user, limit()); }
  /// How many it may have soon.
  int expectation(const SessionUser& user) const {
    return share_of(user, std::min(cap(), tuner_.expected()));
  }
  /// How many more could have work.
  int spare() const { return limit() - wanted(); }

  /// An open session that nobody has; null also when the user has its allotment.
  Session* borrow(SessionUser& user);
  /// The user has had it before, since it last wanted none.
  bool knows(const Session& session, const SessionUser& user) {
    return member(session).last_user == &user;
  }
  /// Its user hears no more of it. Unless it was discarded it must be usable and idle.
  void give_back(Session& session);
  /// The session is not usable, or not wanted any more. Its user hears on_lost() when it is closed.
  void discard(Session& session);

  /// As discard(), of a session that was of no use: unless it has brought bytes before, this counts
  /// as a failure to open one.
  void reject(Session& session, const Error& error);
  /// It has brought bytes.
  bool has_proven(const Session& session) { return member(session).proven; }

  /// The server takes no more than `sessions` at a time.
  void lower_cap(int sessions);
  int cap() const { return cap_.sessions(); }
  /// The server's, as far as it is known.
  const ServerCap& server_cap() const { return cap_; }
  int open_sessions() const;
  /// Open, and nobody has them.
  int idle_sessions() const { return count(State::idle); }
  /// Somebody has them.
  int lent_sessions() const { return count(State::lent); }
  /// Of the idle ones, how many have brought bytes.
  int proven_idle_sessions() const;
  /// Those that are being opened included.
  int held_sessions() const { return open_sessions() + count(State::opening); }
  const Tuner& tuner() const { return tuner_; }

  /// Opens what is wanted and clears away what has closed. Returns when it must be called again.
  TimePoint step(TimePoint now);

  /// Set when no session is open and opening one has been given up, until all users have gone.
  const std::optional<Error>& failure() const { return failure_; }

  /// Closes everything; finished once all_closed() after a step().
  void close_all();
  bool all_closed() const { return members_.empty(); }

  void on_open(Session& session, TimePoint now) override;
  void on_inspected(Session& session, Result<ftp::FileFacts> facts, TimePoint now) override;
  void on_bytes(Session& session, uint64_t bytes, TimePoint now) override;
  void on_range_end(Session& session, const RangeEnd& end, TimePoint now) override;
  void on_closed(Session& session, const SessionEnd& end, TimePoint now) override;

 private:
  enum class State { opening, idle, lent, closing, closed };
  struct Member {
    std::unique_ptr<Session> session;
    State state = State::opening;
    SessionUser* user = nullptr;
    const SessionUser* last_user = nullptr;
    const SessionUser* opened_for = nullptr;  // who will most likely have it
    bool proven = false;                      // has brought bytes
    std::optional<Error> rejected{};
    std::optional<TimePoint> moving_since{};  // its first byte of what it fetches
    RateMeter rate{};                         // since then
    std::optional<TimePoint> idle_since{};
  };
  struct Want {
    const SessionUser* user;
    int sessions;
    std::string path;
    Duration left;
  };

  Member& member(const Session& session);
  int count(State state) const;
  int wanted() const;
  Duration left() const;
  int limit() const;
  int share_of(const SessionUser& user, int sessions) const;
  int lent_to(const SessionUser& user) const;
  int moving_sessions() const;
  TimePoint doubt_cap(TimePoint now);
  void open_one();
  TimePoint close_idle(TimePoint now);
  TimePoint open_more(TimePoint now);
  Tuner::Load load(TimePoint now) const;
  void on_open_failed(const SessionEnd& end, TimePoint now);

  SessionFactory& factory_;
  const int retries_;
  ConnectPace pace_;
  const bool one_first_;
  Tuner tuner_;
  std::vector<Member> members_;
  std::vector<Want> wants_;  // in the order in which the users came
  bool more_waits_ = false;
  bool by_round_trips_ = false;
  ServerCap cap_;
  bool ever_open_ = false;
  bool refused_first_ = false;  // one of those begun together, while none was open
  int failures_ = 0;            // to open a session, in a row
  TimePoint next_open_{};
  Backoff backoff_;
  std::optional<Error> failure_;
};

}  // namespace ftpull::transfer
