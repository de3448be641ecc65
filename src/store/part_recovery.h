// Decides what of an earlier run's part is still true. What a checkpoint covered is taken; the rest
// is read and compared with its digest, and what differs is fetched again. That is done in the same
// boot too: a disk that was pulled out, or failed and was mounted again, has lost what was only in
// memory as well (211 MiB from the page cache cost 55 ms).
//
// After a flush that failed the kernel calls pages clean that it could not write, and a later flush
// says nothing of them, not even when the same is written again (seen with ext4 of Linux 6). So
// they are dropped, and what is compared is what the disk has.
//
// After a power cut a digest proves that a segment is what came from the server, but not that the
// server began the range where it should: that proof, the seam, may be lost. So what is not durable
// counts then only when its range needed no proof, or when the segment that the range began with
// counts and its seam is known: it will be compared.
#pragma once

#include <cstdint>
#include <optional>
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
  /// `same_boot`: no record of a seam is lost.
  PartRecovery(Journal& journal, File& data, bool same_boot, StopAsked stop_asked)
      : journal_(journal),
        data_(data),
        same_boot_(same_boot),
        flush_failed_(journal.flush_failed_before()),
        stop_asked_(std::move(stop_asked)) {}

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
  /// Of a segment: the one that its range began with.
  using Origin = std::optional<uint64_t>;
  void find_origins();
  Origin origin_of(uint64_t segment, bool begins_range) const;
  bool is_proven(Origin origin, uint64_t segment) const;

  Journal& journal_;
  File& data_;
  const bool same_boot_;
  const bool flush_failed_;
  const StopAsked stop_asked_;
  std::vector<Origin> origins_;
  bool forgot_ = false;
  uint64_t kept_bytes_ = 0;
};

}  // namespace ftpull::store
