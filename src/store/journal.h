// The bitmap journal beside a `.part` file: which segments are finished, which of those are
// durable, and how far the unfinished ones are.
//
// A segment is finished when its digest is stored, which happens after its pwrite returned, so a
// killed process loses nothing: the page cache survives it. It is durable once a checkpoint flushed
// the data and then set its bit, so a power cut loses at most what came since. Which of the two a
// record needs in order to be trusted is decided on load by the boot id:
//
//   durable bit                      -> taken
//   digest, same boot as now         -> taken
//   digest, another or unknown boot  -> the data is read and compared (PartFile)
//
// Threads: finish_segment() and write_tail() run on the pool, each segment and slot on one thread
// at a time; checkpoint() on the pool, one at a time, beside them; the rest on the thread that
// loaded it.
#pragma once

#include <atomic>
#include <memory>
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

  /// Its digest is known; on any thread.
  bool finished(uint64_t segment) const { return digest(segment) != 0; }
  bool durable(uint64_t segment) const;
  /// 0: not known.
  uint64_t digest(uint64_t segment) const;
  /// The tails found by load(), with their slots; those of finished segments left out.
  const std::vector<std::pair<uint64_t, Tail>>& tails() const { return tails_; }

  /// The seams found by load(), with their places.
  const std::vector<std::pair<uint64_t, SeamRecord>>& seams() const { return seams_; }

  Status finish_segment(uint64_t segment, uint64_t digest);
  Status write_tail(uint64_t slot, const Tail& tail);
  Status write_seam(uint64_t place, const Seam& seam);

  /// Takes back a segment whose data turned out not to match.
  Status forget_segment(uint64_t segment);
  Status forget_tail(uint64_t slot);
  Status forget_seam(uint64_t place);

  /// Flushes `data`. The kernel tells only once of pages that it could not write and dropped, so
  /// after a failure every flush by this object fails, and the next run reads what is not durable.
  Status flush(File& data);

  /// Flushes `data`, then makes what was finished before durable. After a failed flush it does
  /// nothing.
  Status checkpoint(File& data);

  /// Everything that stands here holds for this boot too.
  Status set_boot(const std::string& boot_id);

  /// Text that names this process, for the message that a second one shows.
  Status write_owner();

 private:
  Journal(std::unique_ptr<File> file, Header header);
  Status read_records();
  Status read_tails();
  Status read_seams();
  Status write_page(uint64_t page);

  std::unique_ptr<File> file_;
  const Header header_;
  std::string boot_id_;
  std::vector<std::atomic<uint64_t>> digests_;
  std::vector<PageImage> pages_;
  std::vector<std::pair<uint64_t, Tail>> tails_;
  std::vector<std::pair<uint64_t, SeamRecord>> seams_;
  bool flush_failed_ = false;
};

/// The text that the owner of a journal left in it: "process 1234".
std::string read_owner(File& journal);

}  // namespace ftpull::store
