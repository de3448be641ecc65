// The files to be fetched from one host: several at a time over one pool of sessions.
//
// A file that can use all sessions gets them; while one has too few pieces for that, as small ones
// do, or when it is nearly done, the next one begins with what is left. The first of all begins
// alone: until its size is known nobody can tell how many sessions it will use.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "ftpull/fetch.h"

#include "core/time.h"
#include "transfer/background.h"
#include "transfer/coordinator.h"
#include "transfer/session_pool.h"

namespace ftpull::transfer {

class FileQueue {
 public:
  using Done = std::function<void(Result<FetchResult>)>;

  /// All of these must outlive the queue, and the queue must not be destroyed before it is empty.
  FileQueue(SessionPool& pool, store::Disk& disk, Background& background, Observer& observer)
      : pool_(pool), disk_(disk), background_(background), observer_(observer) {}

  /// `done` is called from step().
  void add(Coordinator::Job job, Done done);
  bool empty() const { return waiting_.empty() && active_.empty(); }
  /// That have not begun.
  size_t waiting() const { return waiting_.size(); }

  /// Lets files and pool act. Returns when it must be called again at the latest.
  TimePoint step(TimePoint now);
  /// Ends all of them with ErrorKind::interrupted, also those that are added later.
  void stop();

 private:
  struct File {
    Coordinator::Job job;
    Done done;
    TimePoint began{};
    int fetched_anew = 0;
    std::unique_ptr<Coordinator> coordinator{};
  };

  bool may_begin() const;
  void begin_next(TimePoint now);
  void begin(File& file);
  bool begins_anew(File& file);
  void end(File& file, TimePoint now);

  SessionPool& pool_;
  store::Disk& disk_;
  Background& background_;
  Observer& observer_;
  std::deque<File> waiting_;
  std::list<File> active_;
  bool stopped_ = false;
  bool knows_a_file_ = false;  // how many sessions the first one can use
  /// Set once the login was refused: the same again for each file would lock the user out.
  std::optional<Error> refused_;
};

}  // namespace ftpull::transfer
