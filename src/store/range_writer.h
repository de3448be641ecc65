// Writes the bytes of one range into a `.part` file and its journal: pwrite, then hash, then the
// record, so that nothing is recorded that is not on disk.
//
// Threads: write() on a pool thread, the rest on the loop thread while no write() runs.
#pragma once

#include <memory>
#include <optional>

#include <xxhash.h>

#include "core/range.h"
#include "core/sink.h"
#include "store/disk.h"
#include "store/journal.h"

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
  void clear();

 private:
  struct FreeState {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, FreeState> state_;
  uint64_t bytes_ = 0;
};

class RangeWriter final : public Sink {
 public:
  /// Begins at `position`, inside a segment of which `partial` holds everything before it. Without
  /// a journal (size unknown) only the data is written. Without a slot the tail of an unfinished
  /// segment is not recorded, and fetched again after a crash.
  RangeWriter(File& data, Journal* journal, uint64_t position, PartialSegment partial,
              std::optional<uint64_t> slot);

  /// The bytes that follow position(). Fails with corrupt, writing nothing, when they go past the
  /// end of the file. After an error the next bytes are to be those from position() on.
  Status write(std::span<const std::byte> bytes) override;

  uint64_t position() const { return position_; }
  PartialSegment& partial() { return partial_; }
  std::optional<uint64_t> slot() const { return slot_; }

 private:
  Status record(std::span<const std::byte> bytes);

  File& data_;
  Journal* const journal_;
  uint64_t position_;
  PartialSegment partial_;
  const std::optional<uint64_t> slot_;
};

}  // namespace ftpull::store
