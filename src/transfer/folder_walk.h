// Lists a folder of one host and, if that is wanted, all below it, over the sessions of a pool.
//
// Links are not followed, so a tree has an end, but for what a server makes up: there are limits on
// its depth and on the entries of a folder. Half a listing is never given out: a folder whose
// listing fails is listed again from the start, as often as is allowed, and then told with its
// error. What befalls the first folder is the walk's own error.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ftpull/list.h"

#include "core/backoff.h"
#include "core/sink.h"
#include "core/time.h"
#include "ftp/listing/reader.h"
#include "transfer/session_pool.h"

namespace ftpull::transfer {

/// The entries of one listing, from its bytes.
class ListingSink final : public Sink {
 public:
  /// What a folder may hold: some ten times the largest of published archives, and some 600 MiB.
  static constexpr size_t kMostEntries = 4'000'000;

  explicit ListingSink(int64_t now_unix_seconds) : reader_(now_unix_seconds) {}

  /// Fails with protocol beyond kMostEntries.
  Status write(std::span<const std::byte> bytes) override;
  /// All have come: entries by name, and what could not be used.
  ListedFolder finish(std::string path);

 private:
  Status take();

  ftp::ListingReader reader_;
  Entry entry_;
  std::vector<Entry> entries_;
};

class FolderWalk final : public SessionUser {
 public:
  /// Deeper than any archive's tree; "a/a/a/..." without an end is a fault or a trap.
  static constexpr int kMostDepth = 100;

  struct Options {
    std::string path;
    bool recursive = false;
    int sessions = 1;  // at most
    int retries = 5;
    uint64_t seed = 0;
    int64_t now_unix_seconds = 0;
  };

  /// `done` is called from step(). All must outlive the walk.
  FolderWalk(Options options, SessionPool& pool, const FolderDone& done);

  /// Returns when it must be called again at the latest.
  TimePoint step(TimePoint now);
  /// Set when it has ended, and has given all sessions back.
  const std::optional<Status>& result() const { return result_; }
  void stop();

 private:
  struct Job {
    std::string path;
    int depth = 0;
    int failures = 0;
    TimePoint not_before{};
  };
  struct Work {
    Job job;
    std::unique_ptr<ListingSink> sink;
  };

  void on_inspected(Session&, Result<ftp::FileFacts>) override {}
  void on_bytes(Session&, uint64_t, TimePoint) override {}
  void on_range_end(Session& session, const RangeEnd& end, TimePoint now) override;
  void on_lost(Session& session, const SessionEnd& end, TimePoint now) override;

  void begin_some(TimePoint now);
  std::optional<Job> take_ready(TimePoint now);
  void on_listed(const Job& job, ListedFolder folder);
  void on_failed(Job job, const RangeEnd& end, TimePoint now);
  void tell_failed(const Job& job, Error error);
  void give_up(Error error);
  void leave(Session& session);
  TimePoint ready_at(TimePoint now) const;

  const Options options_;
  SessionPool& pool_;
  const FolderDone& done_;
  Backoff backoff_;
  std::deque<Job> waiting_;
  std::map<Session*, Work> working_;
  std::vector<Session*> idle_;
  std::set<Session*> leaving_;       // being closed
  std::deque<ListedFolder> listed_;  // not told yet
  std::optional<Error> error_;
  std::optional<Status> result_;
};

}  // namespace ftpull::transfer
