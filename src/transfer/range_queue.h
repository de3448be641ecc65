// The ranges of a file that no session has: what is still to be fetched, with how often each one
// failed and when it may be tried again.
#pragma once

#include <optional>
#include <vector>

#include "core/range.h"
#include "core/time.h"

namespace ftpull::transfer {

struct WaitingRange {
  Range range;
  int failures = 0;  // in a row without a byte
  TimePoint not_before{};
};

class RangeQueue {
 public:
  /// Joins it with those that it touches, where none has failed. An empty one is nothing.
  void add(WaitingRange waiting);
  void clear() { waiting_.clear(); }
  bool empty() const { return waiting_.empty(); }
  uint64_t total_bytes() const;

  /// Takes the first part, at most `share` bytes, of the foremost range that may be tried at `now`.
  std::optional<WaitingRange> take(uint64_t share, uint64_t segment_bytes, TimePoint now);

  /// The same of the range that begins at `begin` and has not failed, if there is one.
  std::optional<Range> take_at(uint64_t begin, uint64_t share, uint64_t segment_bytes,
                               TimePoint now);

  /// When the next range may be tried; kNever when there is none.
  TimePoint ready_at() const;

 private:
  WaitingRange take_part(std::vector<WaitingRange>::iterator from, uint64_t share,
                         uint64_t segment_bytes);

  std::vector<WaitingRange> waiting_;
};

}  // namespace ftpull::transfer
