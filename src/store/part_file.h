// An unfinished download on disk: `TARGET.part`, preallocated, and its journal
// `TARGET.part.journal`, until every byte is there and the file gets its final name.
//
// It owns both files and the lock on the journal, so that one process at a time works on a target.
// It refuses to splice: a journal of another URL, size or MDTM, a damaged journal, or a `.part`
// that has no journal is set aside as `TARGET.part.old-N`, never used and never overwritten.
//
// Ranges that begin inside the file are asked for with a lead (see Seam); what is written behind a
// seam is kept, but the file does not get its name before every seam has been compared.
//
// Threads: checkpoint() and check() may run on the pool while writers write; open(), finish(),
// proven_bytes(), forget_from() and abandon() on the pool while nothing else does; everything else
// on the loop thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/range.h"
#include "store/disk.h"
#include "store/journal.h"
#include "store/range_writer.h"
#include "store/read_pieces.h"

namespace ftpull::store {

std::filesystem::path part_path(const std::filesystem::path& target);
std::filesystem::path journal_path(const std::filesystem::path& target);

class PartFile {
 public:
  struct Options {
    uint64_t segment_bytes = 0;  // 0: from the size
    bool restart = false;        // remove an earlier part instead of going on with it
    bool replace = false;        // finish() may replace an existing target
    std::time_t now = 0;         // stands in the journal as the time of creation
    StopAsked stop_asked{};      // while an earlier part is being verified
  };

  /// Errors: disk (also when another process holds the lock), usage when the identity does not fit.
  static Result<std::unique_ptr<PartFile>> open(Disk& disk, const std::filesystem::path& target,
                                                const Identity& identity, const Options& options);
  ~PartFile();

  /// What happened on opening that a person should know: what was set aside, and why.
  const std::vector<std::string>& notes() const { return notes_; }

  const Identity& identity() const { return journal_->header().identity; }
  bool has_segments() const { return identity().size_bytes.has_value(); }
  uint64_t segment_bytes() const { return journal_->header().segment_bytes; }

  /// On disk from an earlier run.
  uint64_t resumed_bytes() const { return resumed_bytes_; }

  /// What was not on disk when it was opened. Each range begins on a segment boundary or where an
  /// unfinished segment goes on. Empty when the size is not known.
  RangeSet missing() const;

  /// Takes the bytes from `begin` on, which must be a segment boundary or where an earlier writer
  /// stopped. One writer at a time for a segment. Must be destroyed before the PartFile.
  class Writer;
  std::unique_ptr<Writer> writer(uint64_t begin);

  Status checkpoint();

  /// A seam whose lead has come but has not been compared with the range before it.
  struct PendingSeam {
    std::shared_ptr<Seam> seam;
    std::optional<uint64_t> place;  // in the journal
  };
  /// Those whose both sides are there.
  std::vector<PendingSeam> due_seams() const;
  /// Do all of them match?
  Result<bool> check(const std::vector<PendingSeam>& seams) const;
  /// Takes note that check() found them to match.
  void settle(const std::vector<PendingSeam>& seams);

  /// How many bytes from the start hang together without an open seam; whole segments.
  uint64_t proven_bytes() const;
  /// Makes everything from this segment boundary on missing again, its seams included.
  Status forget_from(uint64_t begin);

  /// Removes both files. For a part that holds nothing.
  Status abandon() { return remove_both(); }

  /// Checks that everything is there, flushes, sets the mtime if given, renames, flushes the
  /// folder, removes the journal. `size_bytes` is the length of the whole file.
  Status finish(uint64_t size_bytes, std::optional<std::time_t> mtime);

 private:
  PartFile(Disk& disk, std::filesystem::path target, const Options& options);

  Status open_or_create(const Identity& identity, const Options& options);
  Result<std::unique_ptr<File>> lock_journal();
  Status create(std::unique_ptr<File> journal_file, const Identity& identity,
                const Options& options);
  Result<bool> resume(std::unique_ptr<File> journal_file, const Identity& identity);
  Status set_aside(const std::string& why, bool has_journal);
  Status remove_both();
  Status verify_records();
  Status restore_digest(uint64_t segment);
  Status adopt_tails();
  Status adopt_seams();
  Result<bool> matches(Range range, uint64_t digest, PartialSegment& state);
  void choose_seam(RangeWriter::Start& start);
  void drop_seam(const Seam& seam);
  void take_back(Writer& writer);

  Disk& disk_;
  const std::filesystem::path target_;
  const bool replace_;
  const StopAsked stop_asked_;
  std::vector<std::string> notes_;
  std::unique_ptr<File> data_;
  std::unique_ptr<Journal> journal_;
  struct Unfinished {
    PartialSegment partial;
    std::optional<uint64_t> slot;
  };
  std::map<uint64_t, Unfinished> unfinished_;  // by segment; those that no writer has
  std::vector<uint64_t> free_slots_;
  std::map<uint64_t, PendingSeam> pending_seams_;  // by begin
  std::vector<uint64_t> free_seam_places_;
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

 private:
  friend class PartFile;
  PartFile& part_;
  RangeWriter writer_;
};

}  // namespace ftpull::store
