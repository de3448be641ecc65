// Writes the bytes of one range into a `.part` file and its journal: pwrite, then hash, then the
// record, so that nothing is recorded that is not on disk.
//
// Threads: write() on a pool thread, the rest on the loop thread while no write() runs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/range.h"
#include "core/sink.h"
#include "core/xxh3.h"
#include "store/disk.h"
#include "store/journal.h"
#include "store/seam.h"

namespace ftpull::store {

/// The running digest of a segment that is not finished. Outlives the range that began it: the next
/// range goes on from it.
class PartialSegment {
 public:
  PartialSegment();
  ~PartialSegment() = default;
  PartialSegment(PartialSegment&&) = default;
  PartialSegment& operator=(PartialSegment&&) = default;

  void add(std::span<const std::byte> bytes);
  /// As it stands in the journal.
  uint64_t digest() const;
  uint64_t bytes() const { return bytes_; }
  /// A range began with it, and the seam had to be recorded (kBeginsRange).
  bool begins_range() const { return begins_range_; }
  void set_begins_range(bool begins) { begins_range_ = begins; }
  void clear();

 private:
  struct FreeState {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, FreeState> state_;
  uint64_t bytes_ = 0;
  bool begins_range_ = false;
};

class RangeWriter final : public Sink {
 public:
  struct Start {
    /// Of the first byte to be written, inside a segment of which `partial` holds everything
    /// before.
    uint64_t position = 0;
    PartialSegment partial{};
    /// Without one the tail of an unfinished segment is not recorded, and fetched again after a
    /// crash.
    std::optional<uint64_t> slot{};
    /// The bytes that come first are its lead. Null: none does.
    std::shared_ptr<Seam> seam{};
    /// The neighbour's bytes are there: compare before anything is written. Otherwise the seam is
    /// recorded at `seam_place`, if there is one, to be compared later.
    bool compare_seam = false;
    std::optional<uint64_t> seam_place{};
  };

  /// Without a journal (size unknown) only the data is written.
  RangeWriter(File& data, Journal* journal, Start start);

  /// The bytes of the lead, then those from position() on. Fails with no_restart when the lead does
  /// not match, and with corrupt when bytes go past the end of the file; nothing is written then.
  /// Fails with changed when a segment was claimed to be another; a claimed one is written only
  /// when all of it has come, and held in memory until then.
  /// After an error the next bytes are to be those from position() on.
  Status write(std::span<const std::byte> bytes) override;

  uint64_t position() const { return start_.position; }
  /// Of the unfinished segment in which position() lies.
  const PartialSegment& partial() const { return start_.partial; }
  /// Where the bytes that it wants begin.
  uint64_t wire_begin() const { return wire_begin_; }
  bool seam_refuted() const { return seam_refuted_; }
  bool claim_refuted() const { return claim_refuted_; }
  Start& start() { return start_; }

 private:
  Status settle_seam();
  Status write_beside_claims(std::span<const std::byte> bytes);
  Status hold(uint64_t segment, std::span<const std::byte> bytes);
  Status record(std::span<const std::byte> bytes);

  File& data_;
  Journal* const journal_;
  Start start_;
  const uint64_t wire_begin_;
  std::vector<std::byte> held_;  // the beginning of a claimed segment, at position()
  bool seam_refuted_ = false;
  bool claim_refuted_ = false;
};

/// Do the bytes before the seam's begin equal its lead?
Result<bool> seam_matches(File& data, const Seam& seam);

}  // namespace ftpull::store
