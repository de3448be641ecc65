// Decides what of an earlier run's part is still true: what needs proof is read and compared, what
// fails is forgotten and fetched again.
//
// After a power cut a digest proves that a segment is what came from the server, but not that the
// server began the range where it should: that proof, the seam, may be lost. So what is not durable
// counts only when the seam of its range is known, or when there was none to record.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "store/disk.h"
#include "store/journal.h"
#include "store/read_pieces.h"
#include "store/seam_book.h"
#include "store/unfinished_segments.h"

namespace ftpull::store {

class PartRecovery {
 public:
  /// `same_boot`: the page cache has survived, so every record is true.
  PartRecovery(Journal& journal, File& data, bool same_boot, StopAsked stop_asked)
      : journal_(journal), data_(data), same_boot_(same_boot), stop_asked_(std::move(stop_asked)) {}

  /// Both must be new. Fails with disk, or interrupted when a stop was asked for while reading.
  Status run(UnfinishedSegments& unfinished, SeamBook& seams);

  /// What counts, after run().
  uint64_t kept_bytes() const { return kept_bytes_; }

 private:
  Status check_segments();
  Result<bool> counts(uint64_t segment);
  Status check_tails(UnfinishedSegments& unfinished);
  Result<bool> matches(Range range, uint64_t digest, PartialSegment& state);
  Status restore_digest(uint64_t segment);
  void find_proven_begins();
  bool begin_is_proven(uint64_t segment, bool begins_range) const;

  Journal& journal_;
  File& data_;
  const bool same_boot_;
  const StopAsked stop_asked_;
  std::vector<bool> proven_;  // the range that a segment belongs to began where it should
  bool forgot_ = false;
  uint64_t kept_bytes_ = 0;
};

}  // namespace ftpull::store
