// The bitmap journal beside a `.part` file: which segments are finished, which of those are
// durable, and how far the unfinished ones are.
//
// A segment is finished when its digest is stored, which happens after its pwrite returned, so a
// killed process loses nothing: the page cache survives it. It is durable once a checkpoint flushed
// the data and then set its bit, so a power cut loses at most what came since. What is durable is
// taken by the next run; of the rest the data is read and compared (PartRecovery). The boot id says
// whether records may have been lost.
//
// How far the unfinished segments are is kept twice: as it is, and as the last checkpoint made it
// durable. The data shows which of them is true.
//
// Threads: finish_segment() and write_tail() run on the pool, each segment and slot on one thread
// at a time; checkpoint() on the pool, one at a time, beside them; the rest on the thread that
// loaded it while none of these runs.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/range.h"
#include "store/disk.h"
#include "store/journal_format.h"

namespace ftpull::store {

class Journal {
 public:
  /// Writes an empty journal into `file`, which the caller has locked.
  static Result<std::unique_ptr<Journal>> create(std::unique_ptr<File> file, Header header,
                                                 const std::string& boot_id);

  /// Reads an existing one. Fails with corrupt when the header or the length is wrong; any other
  /// damage only makes records disappear. Takes the file, and the lock with it, only on success.
  static Result<std::unique_ptr<Journal>> load(std::unique_ptr<File>&& file);

  const Header& header() const { return header_; }
  const std::string& boot_id() const { return boot_id_; }
  Range segment_range(uint64_t segment) const;

  /// Its data is there and its digest is known; on any thread.
  bool finished(uint64_t segment) const {
    const uint64_t known = entry(segment);
    return known != 0 && (known & kClaimed) == 0;
  }
  bool durable(uint64_t segment) const;
  /// It is to be fetched, and its digest is known all the same.
  bool claimed(uint64_t segment) const { return (entry(segment) & kClaimed) != 0; }
  /// Any; on any thread.
  bool has_claims() const { return claims_.load(std::memory_order_relaxed) > 0; }
  bool begins_range(uint64_t segment) const { return (entry(segment) & kBeginsRange) != 0; }
  /// Without flags; 0: neither finished nor claimed.
  uint64_t digest(uint64_t segment) const { return entry(segment) & ~kDigestFlags; }
  /// The tails found by load(), with their slots: those of durable segments left out, of a segment
  /// the longest first.
  const std::vector<std::pair<uint64_t, Tail>>& tails() const { return tails_; }

  /// The seams found by load(), with their places.
  const std::vector<std::pair<uint64_t, SeamRecord>>& seams() const { return seams_; }

  /// Fails with changed when the segment was claimed to have another digest.
  Status finish_segment(uint64_t segment, uint64_t digest, bool begins_range = false);
  Status write_tail(uint64_t slot, const Tail& tail);
  Status write_seam(uint64_t place, const Seam& seam);

  /// The digest of a durable segment, which was lost.
  Status restore_segment(uint64_t segment, uint64_t digest);

  /// How often finish_segment() was called with success; on any thread.
  uint64_t finished_count() const { return finished_count_.load(std::memory_order_relaxed); }

  /// A segment of this digest is missing. Only in a journal whose header allows it.
  Status claim_segment(uint64_t segment, uint64_t digest);

  /// Takes back what turned out not to be true. Before other data is written in its place, sync().
  Status forget_segment(uint64_t segment);
  Status forget_tail(uint64_t slot);
  /// This segment and all behind it, unfinished ones too. Backwards, so that wherever it is cut
  /// short what is left of a range still has its begin.
  Status forget_from(uint64_t segment);
  Status forget_seam(uint64_t place);
  /// All seams that lie in this range, compared ones included.
  Status forget_seams_in(Range range);

  /// Nothing is durable any more: what counts has to be borne out by the data.
  Status distrust();

  /// Flushes `data`. The kernel tells only once of pages that it could not write and dropped, so
  /// after a failure every flush by this object fails, and nothing becomes durable any more.
  Status flush(File& data);

  /// Flushes `data`, then makes what was finished or begun before durable. After a failed flush it
  /// does nothing.
  Status checkpoint(File& data);

  /// Makes what was recorded and forgotten durable.
  Status sync() { return flush_one(*file_); }

  /// False when the file was removed or replaced by another one.
  Result<bool> still_named() { return file_->still_named(); }

  /// A flush has failed, of the data or of this: see PartRecovery.
  bool flush_failed_before() const;

  /// Everything that stands here holds for this boot too.
  Status set_boot(const std::string& boot_id);

  /// Text that names this process, for the message that a second one shows.
  Status write_owner();

 private:
  Journal(std::unique_ptr<File> file, Header header);
  Status read_digests();
  Status read_bitmaps();
  Status read_tails(uint64_t offset, bool durable);
  Status forget_tails_from(uint64_t segment);
  Status forget_tails_at(uint64_t offset, uint64_t segment);
  Status forget_bits_from(uint64_t segment);
  Status read_seams();
  uint64_t entry(uint64_t segment) const {
    return digests_[segment].load(std::memory_order_acquire);
  }
  Status write_entry(uint64_t segment, uint64_t entry);
  Status clear_durable(uint64_t segment);
  Status write_page(uint64_t checkpoint, uint64_t page);
  Status flush_one(File& file);
  std::vector<uint64_t> segments_to_make_durable() const;
  /// Says too whether any has moved since it was asked last.
  std::pair<TailsImage, bool> tails_to_make_durable();

  std::unique_ptr<File> file_;
  const Header header_;
  std::string boot_id_;
  std::vector<std::atomic<uint64_t>> digests_;  // with flags
  std::atomic<uint64_t> finished_count_ = 0;
  std::atomic<int64_t> claims_ = 0;
  std::vector<PageImage> pages_;
  std::array<std::vector<bool>, kCheckpoints> page_is_old_;  // on disk
  uint64_t next_checkpoint_ = 0;
  std::mutex current_tails_mutex_;
  std::array<std::optional<Tail>, kSlots> current_tails_;
  bool tails_moved_ = false;  // since the last checkpoint
  std::vector<std::pair<uint64_t, Tail>> tails_;
  std::vector<std::pair<uint64_t, SeamRecord>> seams_;
  bool flush_failed_ = false;
};

/// The text that the owner of a journal left in it: "process 1234".
std::string read_owner(File& journal);

}  // namespace ftpull::store
