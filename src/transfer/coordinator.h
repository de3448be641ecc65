// Fetches one file: asks the server what it is, opens its PartFile, keeps sessions busy with ranges
// until no byte is missing, and gives the file its name.
//
// Events only change what it knows; step(), which the loop calls before each wait, decides and
// acts. It makes no system call itself: sockets are behind Session, files are touched by writers on
// the pool and by Background. So it runs the same way in a simulation.
//
// Failures: a range whose transfer fails goes back to the queue; what becomes of it and its session
// is judged in failure_policy.h. Whatever ends the fetch, everything on disk is kept.
//
// The remote file must be the same from beginning to end: its size and time are asked for again on
// every session, after every failure, and once more when all bytes are there. When they differ what
// is here is set aside, or removed when the job says that the new file is wanted.
#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>

#include "ftpull/fetch.h"

#include "core/backoff.h"
#include "core/time.h"
#include "transfer/background.h"
#include "transfer/crew.h"
#include "transfer/dealer.h"
#include "transfer/failure_policy.h"
#include "transfer/fetch_tally.h"
#include "transfer/part_keeper.h"
#include "transfer/session_pool.h"

namespace ftpull::transfer {

class Coordinator final : public SessionUser {
 public:
  struct Job {
    std::string path;  // as RETR takes it
    size_t file = 0;   // which one it is, for the observer
    int sessions = 1;  // at most
    /// To open before anything is known of the file.
    int first_sessions = 1;
    int retries = 5;
    uint64_t seed = 0;  // of the jitter of waits
    PartKeeper::Options local;
  };

  /// All of these must outlive the coordinator, which must outlive its fetch: until result() is
  /// set.
  Coordinator(Job job, SessionPool& pool, store::Disk& disk, Background& background,
              Observer& observer);
  ~Coordinator() override;

  /// Returns when it must be called again at the latest. The pool's own step() must follow.
  TimePoint step(TimePoint now);
  /// Ends the fetch with ErrorKind::interrupted, its state kept.
  void stop();
  const std::optional<Result<FetchResult>>& result() const { return result_; }
  /// It has said for how many sessions it has work.
  bool knows_its_work() const { return tally_.started(); }

  void on_inspected(Session& session, Result<ftp::FileFacts> facts) override;
  void on_bytes(Session& session, uint64_t bytes, TimePoint now) override;
  void on_range_end(Session& session, const RangeEnd& end, TimePoint now) override;
  void on_lost(Session& session, const SessionEnd& end, TimePoint now) override;

 private:
  enum class State {
    inspecting,  // what is the remote file?
    preparing,   // looks at the disk and opens the part, in the background
    fetching,
    confirming,    // all is there: is the remote file still the same?
    falling_back,  // waits until no session writes any more, to go on with one
    stopping,      // waits until no session writes any more
    storing,       // the last work on disk, in the background
    ended
  };
  void on_first_facts(const ftp::FileFacts& facts);
  void on_prepared(Result<PartKeeper::Prepared> prepared);
  void begin_fetching(TimePoint now);
  TimePoint fetch(TimePoint now);
  void assign(TimePoint now);
  void put_to_work(Session& session, Worker& worker, TimePoint now);
  void start(Session& session, Worker& worker, const WaitingRange& work, TimePoint now);
  void put_back(const Worker& worker, uint64_t position, int failures, TimePoint not_before = {});
  void on_range_failed(Session& session, Worker& worker, const Error& error, uint64_t position,
                       TimePoint now);
  void go_on_with_one_session(const Error& error);
  void fall_back(const Error& error);
  void stop_all_for_one();
  void settle_fall_back();
  void become_one_session(Offsets offsets, const Error& error);
  void warn_of_unknown_size();
  void give_up(Error error);
  void on_changed(Error error);
  void finish();
  void store_and_fail();
  void conclude(Result<FetchResult> result);

  bool one_session() const { return offsets_ != Offsets::trusted; }
  bool from_start() const { return offsets_ == Offsets::useless; }
  bool size_known() const { return facts_ && facts_->size_bytes.value_or(0) != 0; }
  /// Nothing may come behind it.
  bool is_end_of_file(uint64_t end) const {
    return end == *facts_->size_bytes && job_.local.on_change != OnChange::append;
  }
  int wanted_sessions(TimePoint now);
  uint64_t done_bytes() const;
  uint64_t left_bytes() const;
  /// How long what is missing takes at the present rate.
  Duration left(TimePoint now) const;

  const Job job_;
  SessionPool& pool_;
  Observer& observer_;
  PartKeeper keeper_;
  const std::string name_;  // as it is shown

  State state_ = State::inspecting;
  std::optional<ftp::FileFacts> facts_;
  uint64_t resumed_bytes_ = 0;
  FetchTally tally_;
  Dealer dealer_;
  Crew crew_;
  Offsets offsets_ = Offsets::trusted;
  bool doubt_records_ = false;  // while falling back: what is on disk may be wrong
  bool offsets_work_ = false;   // bytes have come from an offset
  bool has_fetched_ = false;    // a range has been asked for
  std::optional<Error> error_;  // why it ends without success
  bool has_changed_ = false;    // that is: what is here is of another file

  uint64_t furthest_ = 0;          // where a failed transfer came to
  uint64_t whole_size_bytes_ = 0;  // of a file whose size was not known, once it is there
  Backoff backoff_;
  std::optional<Result<FetchResult>> result_;
};

}  // namespace ftpull::transfer
