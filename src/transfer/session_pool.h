// The sessions of one host: opens as many as are wanted, lends them to users, and learns how many
// the server allows.
//
// Once one session has logged in, a refusal to open another one is never an error: it lowers the
// number that is held open, and the work goes on with those that live (QUIRKS C). While none is
// open, failures are retried with growing waits, and given up after the allowed number of retries;
// a refused password is given up at once. A session that ends before it has brought a byte counts
// as a failure to open one: a server that lets us in and then does nothing is not logged into
// without end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/backoff.h"
#include "transfer/session.h"

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
  struct Options {
    int max_sessions = 16;
    int retries = 5;
    uint64_t seed = 0;  // of the jitter of waits
  };

  SessionPool(SessionFactory& factory, Options options)
      : factory_(factory), options_(options), cap_(options.max_sessions), backoff_(options.seed) {}

  /// How many sessions to hold open; those that are idle beyond it are closed. `expected_path` is
  /// what they will most likely be used for.
  void want(int sessions, std::string expected_path = {}) {
    wanted_ = sessions;
    expected_path_ = std::move(expected_path);
  }

  /// An open session that nobody has, or null.
  Session* borrow(SessionUser& user);
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
  int cap() const { return cap_; }
  int open_sessions() const;

  /// Opens what is wanted and clears away what has closed. Returns when it must be called again.
  TimePoint step(TimePoint now);

  /// Set when no session is open and opening one has been given up. Cleared by reading it.
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }

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
    bool proven = false;  // has brought bytes
    std::optional<Error> rejected{};
  };

  Member& member(const Session& session);
  int count(State state) const;
  void on_open_failed(const SessionEnd& end, TimePoint now);

  SessionFactory& factory_;
  const Options options_;
  std::vector<Member> members_;
  int wanted_ = 0;
  std::string expected_path_;
  int cap_;
  bool ever_open_ = false;
  int failures_ = 0;  // to open a session, in a row
  TimePoint next_open_{};
  Backoff backoff_;
  std::optional<Error> failure_;
};

}  // namespace ftpull::transfer
