// The sessions that one file has of the pool, and what each does: takes them, asks each one whether
// it sees the same file as the others, and gives back those that are not needed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/time.h"
#include "transfer/session_pool.h"
#include "transfer/worker.h"

namespace ftpull::transfer {

class Crew {
 public:
  /// Longer than any round trip; to ask one more is no harm.
  static constexpr Duration kAnswerPatience = std::chrono::seconds(2);

  /// Of the remote file `path`. The pool and the user, for whom they are borrowed, must outlive it.
  Crew(SessionPool& pool, SessionUser& user, std::string path)
      : pool_(pool), user_(user), path_(std::move(path)) {}

  Workers& workers() { return workers_; }
  const Workers& workers() const { return workers_; }
  Worker& of(Session& session) { return workers_.at(&session); }

  /// Borrows all that it may have, and asks those that are new to it what the file is.
  void take();
  /// One of them is asked once more, or is about to answer: that which has been idle for longest,
  /// with one more that it may have; who was relieved of what it had only when there is no other.
  /// When no answer comes for kAnswerPatience, another one is asked as well: a session that stands
  /// still is found out only after the time limit of its connection. Returns when it must be called
  /// again at the latest.
  TimePoint ask_again(TimePoint now);
  /// How many were asked so long ago.
  int asked_in_vain(TimePoint now) const;

  /// In the order in which they should choose what to do: those that have brought bytes first,
  /// because a range that failed elsewhere is safest with them; who was relieved of what it had
  /// last.
  std::vector<Session*> in_turn();
  /// Idle ones, or open ones in the pool that nobody has.
  bool has_idle() const;
  /// Those that have no range; at least one.
  int without_work() const;
  /// The same with those that are about to come.
  int joining() const;
  /// How many others than this one fetch, or could because they have before.
  int able_beside(const Session& session);

  /// Gives back idle ones when there are more than it may have. True: there still are.
  bool release_surplus();
  /// Closes it; what it leaves behind is not put back.
  void dismiss(Session& session, Worker& worker);
  /// All of them: they stay open for others, but for one in the middle of something.
  void give_back();

 private:
  SessionPool& pool_;
  SessionUser& user_;
  const std::string path_;
  Workers workers_;
};

}  // namespace ftpull::transfer
