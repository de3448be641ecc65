// Counts what becomes of the things in a tree, tells the observer, and says what the manifest is to
// tell of them.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "ftpull/mirror.h"

#include "core/rate_meter.h"
#include "core/time.h"
#include "store/manifest_format.h"

namespace ftpull::transfer {

class MirrorTally {
 public:
  static constexpr Duration kReportInterval = std::chrono::milliseconds(100);

  /// `records`: there is a manifest.
  MirrorTally(MirrorObserver& observer, bool records) : observer_(observer), records_(records) {}

  void add(MirrorItem item);
  /// A folder, or a part of it, of which nothing more is known.
  void add_gap(MirrorItem item);
  MirrorTotals& totals() { return totals_; }
  const MirrorTotals& totals() const { return totals_; }
  /// Of files that were fetched or kept, and are in no manifest yet.
  size_t unwritten() const { return unwritten_.size(); }
  std::vector<store::ManifestRecord> take_unwritten() { return std::exchange(unwritten_, {}); }

  /// `received_bytes` in all; not more often than is useful. Returns when it is to be called again.
  TimePoint report(uint64_t received_bytes, bool listing, int sessions, TimePoint now);
  /// At the end, at once.
  void report_end() { observer_.on_mirror_progress({totals_, false, 0, 0}); }

 private:
  MirrorObserver& observer_;
  const bool records_;
  std::vector<store::ManifestRecord> unwritten_;
  MirrorTotals totals_;
  RateMeter rate_;
  uint64_t received_bytes_ = 0;
  std::optional<TimePoint> reported_;
};

}  // namespace ftpull::transfer
