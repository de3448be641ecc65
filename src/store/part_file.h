// An unfinished download on disk: `TARGET.part`, preallocated, and its journal
// `TARGET.part.journal`, until every byte is there and the file gets its final name.
//
// It owns both files and the lock on the journal, so that one process at a time works on a target.
// It refuses to splice: when size or MDTM are not the journal's, nothing of the part is used unless
// the caller says that the file only grows (part_growth.h). A journal of another URL, a damaged
// one, or a `.part` that has none is set aside as `TARGET.part.old-N`, never used and never
// overwritten.
//
// Ranges that begin inside the file are asked for with a lead (see Seam); what is written behind a
// seam is kept, but the file does not get its name before every seam has been compared.
//
// Threads: checkpoint() and check() may run on the pool while writers write; open(), finish(),
// proven_bytes(), forget(), forget_from(), claim(), abandon() and set_aside() on the pool while
// nothing else does; everything else on the loop thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ftpull/fetch.h"

#include "core/range.h"
#include "store/disk.h"
#include "store/journal.h"
#include "store/part_names.h"
#include "store/part_recovery.h"
#include "store/range_writer.h"
#include "store/read_pieces.h"
#include "store/seam_book.h"
#include "store/unfinished_segments.h"

namespace ftpull::store {

class PartFile {
 public:
  struct Options {
    uint64_t segment_bytes = 0;  // 0: from the size
    bool restart = false;        // remove an earlier part instead of going on with it
    bool replace = false;        // finish() may replace an existing target
    std::time_t now = 0;         // stands in the journal as the time of creation
    StopAsked stop_asked{};      // while an earlier part is being verified
    OnChange on_change = OnChange::stop;
    bool claims = false;  // claim() will be called
  };

  /// Errors: disk (also when another process holds the lock), usage when the identity does not fit,
  /// changed when the part was of another size or time and has been set aside for it.
  static Result<std::unique_ptr<PartFile>> open(Disk& disk, const std::filesystem::path& target,
                                                const Identity& identity, const Options& options);
  ~PartFile();

  /// What happened on opening that a person should know: what was set aside, and why.
  const std::vector<std::string>& notes() const { return notes_; }

  const Identity& identity() const { return journal_->header().identity; }
  bool has_segments() const { return identity().size_bytes.has_value(); }
  uint64_t segment_bytes() const { return journal_->header().segment_bytes; }

  /// On disk from an earlier run, as open() found it.
  uint64_t resumed_bytes() const { return resumed_bytes_; }
  /// On disk now, counted without what writers have in hand.
  uint64_t present_bytes() const;

  /// What was not on disk when it was opened. Each range begins on a segment boundary or where an
  /// unfinished segment goes on. Empty when the size is not known.
  RangeSet missing() const;

  /// Takes the bytes from `begin` on, which must be a segment boundary or where an earlier writer
  /// stopped. One writer at a time for a segment. Must be destroyed before the PartFile.
  class Writer;
  std::unique_ptr<Writer> writer(uint64_t begin);

  /// In this run; on any thread.
  uint64_t finished_segments() const { return journal_->finished_count(); }

  /// Fails with disk also when part or journal have been removed or replaced under their names.
  Status checkpoint();

  /// A seam whose lead has come but has not been compared with the range before it.
  using PendingSeam = SeamBook::Pending;
  /// Those whose both sides are there.
  std::vector<PendingSeam> due_seams() const { return seams_.due(*journal_); }
  /// Do all of them match?
  Result<bool> check(const std::vector<PendingSeam>& seams) const;
  /// Takes note that check() found them to match.
  void settle(const std::vector<PendingSeam>& seams);

  /// How many bytes from the start hang together without an open seam; whole segments.
  uint64_t proven_bytes() const;
  /// Makes everything from this segment boundary on missing again, its seams included.
  Status forget_from(uint64_t begin);
  /// Makes the segments that touch these ranges missing again.
  Status forget(const std::vector<Range>& ranges);
  /// Something of what is here has yet to be proven by what comes.
  bool has_claims() const { return journal_->has_claims(); }
  /// Whatever comes of this missing segment must have this digest. Is durable when it returns.
  Status claim(uint64_t segment, uint64_t digest);

  /// Removes both files. For a part that holds nothing.
  Status abandon() { return remove_part(disk_, target_); }
  /// Gives both files names under which nothing goes on with them; returns the data's.
  Result<std::filesystem::path> set_aside() { return store::set_aside(disk_, target_, true); }

  /// Undoes reopen_finished(): the file gets its name back, as it is.
  Status give_name_back();

  /// Checks that everything is there, flushes, sets the mtime if given, renames, flushes the
  /// folder, removes the journal, or keeps it as TARGET.digests when that is wanted or there is
  /// one. `size_bytes` is the length of the whole file.
  Status finish(uint64_t size_bytes, std::optional<std::time_t> mtime, bool keep_digests = false);

 private:
  PartFile(Disk& disk, std::filesystem::path target, const Options& options);

  Status open_or_create(const Identity& identity, const Options& options);
  Status create(std::unique_ptr<File> journal_file, const Identity& identity,
                const Options& options);
  Result<bool> resume(std::unique_ptr<File> journal_file, const Identity& identity,
                      const Options& options);
  Result<bool> replace_changed(Journal& then, const Identity& identity, const Options& options);
  Result<bool> recover(std::unique_ptr<Journal> journal, const Options& options);
  Status put_aside(const std::string& why, bool has_journal);
  Status still_there();
  Status forget_seams(Range range);
  Status keep_or_remove_journal(bool keep_digests);
  void choose_seam(RangeWriter::Start& start);
  void take_back(Writer& writer);

  Disk& disk_;
  const std::filesystem::path target_;
  const bool replace_;
  std::vector<std::string> notes_;
  std::unique_ptr<File> data_;
  std::unique_ptr<Journal> journal_;
  UnfinishedSegments unfinished_;
  SeamBook seams_;
  uint64_t resumed_bytes_ = 0;
};

/// A RangeWriter that hands its unfinished segment back to the PartFile when it is destroyed.
class PartFile::Writer final : public Sink {
 public:
  Writer(PartFile& part, RangeWriter writer) : part_(part), writer_(std::move(writer)) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() override { part_.take_back(*this); }

  Status write(std::span<const std::byte> bytes) override { return writer_.write(bytes); }
  uint64_t position() const { return writer_.position(); }
  /// Where the bytes that it wants begin: its lead comes first.
  uint64_t wire_begin() const { return writer_.wire_begin(); }
  /// The lead did not match: the server does not honour offsets.
  bool seam_refuted() const { return writer_.seam_refuted(); }
  /// What came is not what was here before: the file has changed.
  bool claim_refuted() const { return writer_.claim_refuted(); }

 private:
  friend class PartFile;
  PartFile& part_;
  RangeWriter writer_;
};

}  // namespace ftpull::store
