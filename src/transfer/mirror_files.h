// Fetches the files that a mirror wants: the largest first, over as many sessions as are worth
// having, small ones side by side with them over a few, and over all once no large one is left.
// Then round trips count and not bytes.
#pragma once

#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "ftpull/mirror.h"

#include "transfer/chores.h"
#include "transfer/file_queue.h"
#include "transfer/folder_walk.h"
#include "transfer/mirror_disk.h"
#include "transfer/mirror_plan.h"
#include "transfer/mirror_tally.h"
#include "transfer/small_files.h"

namespace ftpull::transfer {

class MirrorFiles {
 public:
  struct Options {
    int retries = 5;
    uint64_t seed = 0;
    bool times = true;
    bool permissions = false;
    Coordinator::Job job;  // of a large file, but for its paths and its URL
    std::function<std::string(const std::string& remote)> url_of;  // without password
  };

  struct File {
    SharedFolder folder;
    Entry entry;
    std::optional<int64_t> mtime;
    bool asks_time = false;  // the server knows it better than the listing
    bool replaces = false;
    std::string remote() const { return remote_path(folder->remote, entry.name); }
    std::string path() const { return join_path(folder->path, entry.name); }
    bool operator<(const File& other) const {
      return entry.size_bytes.value_or(0) < other.entry.size_bytes.value_or(0);
    }
  };

  /// The disk is open. All must outlive it, and it must not be destroyed before is_idle().
  MirrorFiles(Options options, SessionPool& pool, MirrorDisk& disk, Chores& chores,
              Background& background, Observer& observer, MirrorTally& tally);
  ~MirrorFiles();

  void want(File file);
  bool has_large() const { return !large_.empty() || !large_files_.empty(); }
  bool is_idle() const {
    return !has_large() && small_.is_idle() && !publishing_ && (arrived_.empty() || error_);
  }
  int working_sessions() const;
  uint64_t received_bytes() const;
  /// Why no more can be fetched: the disk.
  const std::optional<Error>& error() const { return error_; }

  /// Returns when it must be called again at the latest; the pool's own step() must follow.
  TimePoint step(TimePoint now);
  /// What has arrived gets its names all the same.
  void stop();

 private:
  /// A small file on its way to its name.
  struct Arrived {
    SmallFiles::File file;
    store::Staging::Complete complete;
    bool sealed = false;
  };
  using Batch = std::vector<std::unique_ptr<Arrived>>;
  /// What large files say of themselves.
  class Progress;

  SmallFiles::Events small_events();
  void begin_large();
  void on_large_done(const File& file, size_t number, const Result<FetchResult>& result);
  void on_small_failed(const SmallFiles::File& file, Error error, bool size_changed);
  TimePoint publish_if_due(TimePoint now);
  void on_sealed(const Status& status);
  void on_published(const Batch& batch, const Status& status);

  const Options options_;
  SessionPool& pool_;
  MirrorDisk& disk_;
  Chores& chores_;
  MirrorTally& tally_;
  std::unique_ptr<Progress> progress_;
  SmallFiles small_;
  FileQueue large_;
  std::priority_queue<File> large_files_;
  size_t large_begun_ = 0;
  size_t large_ended_ = 0;
  Batch arrived_;
  bool publishing_ = false;
  TimePoint published_{};
  bool stopped_ = false;
  std::optional<Error> error_;
};

}  // namespace ftpull::transfer
