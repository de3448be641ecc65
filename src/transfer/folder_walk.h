// Lists a folder of one host and, if that is wanted, all below it, over the sessions of a pool.
//
// Links are not followed, but some servers show what they lead to as folders (pyftpdlib 1.5.7): a
// folder that has files and folders in it, and lists entry for entry as one above it, is that one
// again. And there are limits on the depth and on the entries of a folder, for what a server makes
// up. Half a listing is never given out: a folder whose listing fails is listed again from the
// start, as often as is allowed, and then told with its error. What befalls the first folder is the
// walk's own error.
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
  /// What a folder may hold: several times the largest of published archives, and some 300 MiB.
  static constexpr size_t kMostEntries = 1'500'000;
  /// So many of them with names and facts of generous length, and what is no entry.
  static constexpr uint64_t kMostBytes = 512ULL * 1024 * 1024;

  explicit ListingSink(int64_t now_unix_seconds) : reader_(now_unix_seconds) {}

  /// Fails with protocol beyond kMostEntries or kMostBytes.
  Status write(std::span<const std::byte> bytes) override;
  /// All have come: entries by name, and what could not be used.
  ListedFolder finish(std::string path);

 private:
  Status take();

  ftp::ListingReader reader_;
  Entry entry_;
  std::vector<Entry> entries_;
  uint64_t bytes_ = 0;
};

class FolderWalk final : public SessionUser {
 public:
  /// Deeper than any archive's tree; "a/a/a/..." without an end is a fault or a trap.
  static constexpr int kMostDepth = 100;

  using Listed = std::function<void(ListedFolder&&)>;

  struct Options {
    std::string path;
    bool recursive = false;
    int sessions = 1;  // at most
    /// Is a folder below to be listed? Empty: each is.
    std::function<bool(const std::string& path)> enters{};
    /// Where a server does not tell in its first listing where links lead, another way is asked.
    bool wants_targets = false;
    int retries = 5;
    uint64_t seed = 0;
    int64_t now_unix_seconds = 0;
  };

  /// `done` is called from step(). All must outlive the walk.
  FolderWalk(Options options, SessionPool& pool, Listed done);

  /// At most, from here on.
  void set_sessions(int sessions) { options_.sessions = sessions; }
  /// While `paused` no listing is begun.
  void set_paused(bool paused) { paused_ = paused; }
  /// One more, found by others, below the folder that was asked for. It may have ended before.
  void add(const std::string& path) {
    if (!error_) result_.reset();
    waiting_.push_back({path, 1});
  }
  int working_sessions() const { return static_cast<int>(working_.size()); }

  /// Returns when it must be called again at the latest.
  TimePoint step(TimePoint now);
  /// Set when it has ended, and has given all sessions back.
  const std::optional<Status>& result() const { return result_; }
  void stop();

 private:
  /// What the folders above list.
  struct Trail {
    uint64_t listing;
    std::shared_ptr<const Trail> above;
  };
  struct Job {
    std::string path;
    int depth = 0;
    int failures = 0;
    TimePoint not_before{};
    std::shared_ptr<const Trail> above{};
    std::shared_ptr<ListedFolder> listed{};  // already, but for the targets of its links
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
  void on_listed(Job job, ListedFolder folder);
  void on_whole(const Job& job, ListedFolder folder);
  void on_failed(Job job, const RangeEnd& end, TimePoint now);
  void tell_failed(const Job& job, Error error);
  void give_up(Error error);
  void leave(Session& session);
  TimePoint ready_at(TimePoint now) const;

  void enter_below(const Job& job, ListedFolder& folder);

  Options options_;
  SessionPool& pool_;
  const Listed done_;
  bool paused_ = false;
  Backoff backoff_;
  std::deque<Job> waiting_;
  std::map<Session*, Work> working_;
  std::vector<Session*> idle_;
  std::set<Session*> leaving_;       // being closed
  std::deque<ListedFolder> listed_;  // not told yet
  std::optional<Error> error_;
  std::optional<Status> result_;
};

/// The path of what stands in a folder, as Url has it.
std::string remote_path(const std::string& folder, const std::string& name);

}  // namespace ftpull::transfer
