// One session of a pool, opened and given back: for what is learned while it opens.
#pragma once

#include <optional>

#include "ftpull/error.h"

#include "transfer/session_pool.h"

namespace ftpull::transfer {

class Visit final : public SessionUser {
 public:
  /// The pool must outlive it.
  explicit Visit(SessionPool& pool) : pool_(pool) { pool_.want(*this, 1); }

  /// Returns when it must be called again at the latest.
  TimePoint step(TimePoint now);
  /// Set when it has ended.
  const std::optional<Status>& result() const { return result_; }
  void stop();

 private:
  void on_inspected(Session&, Result<ftp::FileFacts>) override {}
  void on_bytes(Session&, uint64_t, TimePoint) override {}
  void on_range_end(Session&, const RangeEnd&, TimePoint) override {}
  void on_lost(Session&, const SessionEnd&, TimePoint) override {}
  void end(Status result);

  SessionPool& pool_;
  std::optional<Status> result_;
};

}  // namespace ftpull::transfer
