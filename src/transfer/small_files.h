// Fetches files for which round trips count and not bytes, whole, each over one session and into
// the Staging: as soon as a session has asked for one it is told the next, where the server bears
// that.
//
// What fails is tried again after a growing wait; what cannot be fetched so (a file that is not as
// large as it was listed, or that the server sends in a way that proves nothing) is handed on. A
// full or failing disk ends everything, as it would befall all that follow too.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/backoff.h"
#include "core/rate_meter.h"
#include "store/staging.h"
#include "transfer/session_pool.h"
#include "transfer/tree_folder.h"

namespace ftpull::transfer {

class SmallFiles final : public SessionUser {
 public:
  /// Above it a file is worth several sessions, and a journal.
  static constexpr uint64_t kLargestBytes = 1024 * 1024;

  /// Some 130 bytes with a name of usual length: any number may wait.
  struct File {
    SharedFolder folder;
    std::string name;
    uint64_t size_bytes = 0;
    std::optional<int64_t> mtime;  // UTC, as listed
    std::optional<unsigned> permissions;
    bool asks_time = false;
    bool replaces = false;
    int failures = 0;
    TimePoint not_before{};
  };

  struct Events {
    /// All its bytes are in the staging; with its time as the server told it.
    std::function<void(File, std::unique_ptr<store::StagedFile>)> on_complete;
    /// `size_changed`: it has to be looked at anew.
    std::function<void(File, Error, bool size_changed)> on_failed;
  };

  /// All must outlive it.
  SmallFiles(SessionPool& pool, store::Staging& staging, int retries, uint64_t seed, Events events)
      : pool_(pool),
        staging_(staging),
        retries_(retries),
        backoff_(seed),
        events_(std::move(events)) {}

  void add(File file) { waiting_.push_back(std::move(file)); }
  /// Beyond this nothing need be added.
  size_t waiting() const { return waiting_.size(); }
  /// It has nothing to do, and no session.
  bool is_idle() const {
    return waiting_.empty() && later_.empty() && working_.empty() && leaving_.empty();
  }
  int working_sessions() const { return static_cast<int>(working_.size()); }
  uint64_t received_bytes() const { return received_bytes_; }

  /// With so many sessions at most. Returns when it must be called again at the latest; the pool's
  /// own step() must follow.
  TimePoint step(int sessions, TimePoint now);
  /// Forgets what waits; is_idle() soon.
  void stop();

 private:
  struct Transfer {
    File file;
    std::unique_ptr<store::StagedFile> staged;
  };
  /// What one session does: the first of them, and then the others.
  using Work = std::deque<Transfer>;

  void on_inspected(Session&, Result<ftp::FileFacts>) override {}
  void on_bytes(Session&, uint64_t bytes, TimePoint) override { received_bytes_ += bytes; }
  void on_range_end(Session& session, const RangeEnd& end, TimePoint now) override;
  void on_lost(Session& session, const SessionEnd& end, TimePoint now) override;

  std::optional<File> take_ready(TimePoint now);
  void begin(Session& session, Work& work, File file);
  void on_complete(Transfer done, const RangeEnd& end);
  void on_failure(File file, const Error& error, bool counts, TimePoint now);
  void put_back(const Work& work);
  TimePoint ready_at(TimePoint now) const;

  SessionPool& pool_;
  store::Staging& staging_;
  const int retries_;
  Backoff backoff_;
  const Events events_;
  std::deque<File> waiting_;
  std::deque<File> later_;  // after a wait
  std::map<Session*, Work> working_;
  std::map<Session*, Work> leaving_;  // being closed, and may still write
  uint64_t received_bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace ftpull::transfer
