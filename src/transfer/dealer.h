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
  /// A transfer has ended, whose worker may be given back.
  void note_end(const Worker& worker);

  /// How many sessions could be at work, those that are included, when `left_bytes` are missing and
  /// come at this rate (0: not known), and so many are joining.
  int useful_sessions(Workers& workers, int joining, uint64_t left_bytes, double bytes_per_second,
                      TimePoint now) const;

  /// For an idle worker. What waits is shared out among those that are without work, this one
  /// included; how much is taken of another's range depends on how many are joining in all.
  std::optional<WaitingRange> deal(Workers& workers, int without_work, int joining, TimePoint now);
  /// Everything that waits first, for the only session.
  std::optional<WaitingRange> deal_all(TimePoint now) {
    return queue_.take(UINT64_MAX, segment_bytes_, now);
  }

  /// Lets those whose range is nearly done go on with what waits right behind it: that needs no
  /// new transfer. `is_end_of_file` says of an offset whether nothing can come behind it.
  void extend(Workers& workers, const std::function<bool(uint64_t)>& is_end_of_file, TimePoint now);

  /// Ends the range of a slow worker, for an idle one or for itself anew, when one of them is worth
  /// it. What it does not fetch waits now, or must be added when it has ended.
  void relieve(Workers& workers, bool has_idle, TimePoint now);
  /// Ends the range of the slowest worker, if there is one that can be ended.
  void end_slowest(Workers& workers, TimePoint now);

 private:
  void end_range(Workers::value_type& worker, TimePoint now);

  RangeQueue queue_;
  Renewals renewals_;
  uint64_t segment_bytes_ = 1;
  double ended_rate_ = 0;         // of the last range that ended, bytes a second
  double opening_seconds_ = 0.2;  // smoothed; before anything was measured that of a long path
};

}  // namespace ftpull::transfer
