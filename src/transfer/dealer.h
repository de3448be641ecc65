// Deals the missing bytes of one file out to its workers: what waits first, then parts of what
// others have; and finds who is to be relieved of what it has. Pure but for the ends of ranges
// under way, which it moves.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/range.h"
#include "core/time.h"
#include "transfer/range_queue.h"
#include "transfer/relief.h"
#include "transfer/worker.h"

namespace ftpull::transfer {

class Dealer {
 public:
  void set_segment_bytes(uint64_t bytes) { segment_bytes_ = bytes; }

  void add(const WaitingRange& waiting) { queue_.add(waiting); }
  void clear() { queue_.clear(); }
  bool nothing_waits() const { return queue_.empty(); }
  /// When the next waiting range may be tried.
  TimePoint ready_at() const { return queue_.ready_at(); }

  /// A transfer took so long from asking for it to its first byte.
  void note_opening(Duration took);
  Duration opening() const;

  /// How many sessions could be at work, those that are included, when `left_bytes` are missing and
  /// come at this rate (0: not known).
  int useful_sessions(const Workers& workers, uint64_t left_bytes, double bytes_per_second) const;

  /// For an idle worker. `joining` sessions, this one included, are without work or about to come.
  std::optional<WaitingRange> deal(Workers& workers, int joining, TimePoint now);
  /// Everything that waits first, for the only session.
  std::optional<WaitingRange> deal_all(TimePoint now) {
    return queue_.take(UINT64_MAX, segment_bytes_, now);
  }

  /// Lets those whose range is nearly done go on with what waits right behind it: that needs no
  /// new transfer. `is_end_of_file` says of an offset whether nothing can come behind it.
  void extend(Workers& workers, const std::function<bool(uint64_t)>& is_end_of_file, TimePoint now);

  /// A session whose range is to be cut, because an idle worker is faster or a new data connection
  /// may be; or null. What it does not fetch must be added again when it has ended.
  Session* relieve(Workers& workers, bool has_idle, TimePoint now);

 private:
  RangeQueue queue_;
  Renewals renewals_;
  uint64_t segment_bytes_ = 1;
  double opening_seconds_ = 0.2;  // smoothed; before anything was measured that of a long path
};

}  // namespace ftpull::transfer
