// The work on disk that one fetch needs besides writing bytes: looking at the target, opening the
// part, checkpoints, giving the file its name. All of it may block, so it runs in the background,
// one thing at a time. Destroy it only when it is not busy.
#pragma once

#include <atomic>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ftpull/fetch.h"

#include "core/time.h"
#include "ftp/inspect.h"
#include "store/part_file.h"
#include "transfer/background.h"
#include "transfer/local_target.h"

namespace ftpull::transfer {

class PartKeeper {
 public:
  /// A checkpoint comes after this much even before its time: what one of them has to flush stays
  /// bounded.
  static constexpr uint64_t kCheckpointBytes = 256 * 1024 * 1024;

  struct Options {
    std::filesystem::path target;
    std::string url;             // without password
    uint64_t segment_bytes = 0;  // 0: from the size
    bool restart = false;
    bool dry_run = false;  // look, and write nothing
    bool digest = false;   // of the finished file
    std::time_t now = 0;
    Durability durability = Durability::checkpoint;
    Duration checkpoint_interval = std::chrono::seconds(5);
    OnChange on_change = OnChange::stop;
    bool keep_digests = false;
    std::optional<VerifyResult> repair{};  // only what it calls bad is to be fetched
  };

  struct Prepared {
    TargetState target = TargetState::free;
    uint64_t resumed_bytes = 0;  // for a dry run: what a real one would find
    std::string xxh3_128;        // of a file that is already there, if asked for
  };

  PartKeeper(Options options, store::Disk& disk, Background& background)
      : options_(std::move(options)), disk_(disk), background_(background) {}

  /// Of a finished file: only bad ranges may be written, and only with what was there before.
  bool repairs_finished() const {
    return options_.repair && options_.repair->path == options_.repair->target;
  }

  bool busy() const { return busy_; }
  /// Ends long reading under way soon, with ErrorKind::interrupted.
  void interrupt() { stop_asked_ = true; }
  store::Identity identity_of(const ftp::FileFacts& facts) const;
  /// Open from prepare() to finish() or close(); null for a dry run and a file that is already
  /// there.
  store::PartFile* part() const { return part_.get(); }

  void prepare(const ftp::FileFacts& facts, std::function<void(Result<Prepared>)> done);

  /// Starts a checkpoint when one is due and nothing else is under way; `failed` hears of a
  /// failure.
  void checkpoint_if_due(uint64_t fetched_bytes, TimePoint now, std::function<void(Error)> failed);
  TimePoint next_checkpoint() const { return next_checkpoint_; }

  /// Compares the seams whose both sides are there; nothing is done while busy. `done` hears
  /// whether all of them matched.
  void check_seams_if_due(std::function<void(Result<bool>)> done);
  bool seams_due() const { return part_ != nullptr && !part_->due_seams().empty(); }

  /// Forgets what may be wrong when offsets turn out not to be honoured: all that is not proven,
  /// or, to begin `from_start`, everything. Without `doubt` the records stay. `done` hears how many
  /// bytes from the start are kept. No writer may be there.
  void keep_proven(bool from_start, bool doubt, std::function<void(Result<uint64_t>)> done);

  /// Gives the file its name. The digest is empty unless asked for.
  void finish(uint64_t size_bytes, std::optional<std::time_t> mtime,
              std::function<void(Result<std::string>)> done);

  /// What becomes of a part that does not get its name.
  enum class Leave {
    kept,        // made durable, unless nothing is
    removed,     // it holds nothing, or nothing that is wanted
    set_aside,   // kept under another name, not to be gone on with
    as_it_began  // of a repair: the file gets its name back
  };
  /// What came in this run, and what was there before it.
  Leave choose_leave(bool has_changed, uint64_t fetched_bytes, uint64_t resumed_bytes) const;
  /// Ends without a file. `done` hears where the data was set aside, if it was.
  void close(Leave leave, std::function<void(Result<std::filesystem::path>)> done);

 private:
  template <class T>
  void in_background(std::function<Result<T>()> work, std::function<void(Result<T>)> done);
  Result<Prepared> prepare_now(const ftp::FileFacts& facts);
  Result<Prepared> look_at_target(const ftp::FileFacts& facts);
  Status settle_beside(const store::Identity& identity);
  Result<uint64_t> bytes_to_resume(const store::Identity& identity) const;
  Status open_part(const store::Identity& identity, TargetState target);
  bool checkpoint_is_due(uint64_t fetched_bytes, TimePoint now) const;
  store::StopAsked stop_asked() {
    return [this] { return stop_asked_.load(); };
  }

  const Options options_;
  store::Disk& disk_;
  Background& background_;
  bool busy_ = false;
  std::atomic<bool> stop_asked_ = false;
  std::unique_ptr<store::PartFile> part_;
  TimePoint next_checkpoint_ = kNever;
  uint64_t checkpointed_bytes_ = 0;
  uint64_t checkpointed_segments_ = 0;
};

}  // namespace ftpull::transfer
