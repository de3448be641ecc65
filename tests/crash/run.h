// One run of the program on a part, from its start to its end or to the crash: what the coordinator
// asks of a PartFile, in single steps that a script or a seed puts in order.
//
// It says before and after each step what is promised (Ledger), and looks on opening whether the
// promises of the runs before it were kept. Every function fails with `corrupt` for a broken
// promise, and with `disk` when the disk has crashed.
#pragma once

#include <memory>
#include <vector>

#include "world.h"

namespace ftpull::crash {

class Run {
 public:
  explicit Run(World& world) : world_(world) {}

  /// A range that is being fetched.
  struct Lane {
    std::unique_ptr<store::PartFile::Writer> writer;
    uint64_t wire;  // of the byte that comes next
    uint64_t end;
    int64_t shift;  // of the server's transfer
  };

  Status open();

  const std::vector<Range>& waiting() const { return waiting_; }
  const std::vector<Lane>& lanes() const { return lanes_; }
  bool idle() const { return waiting_.empty() && lanes_.empty(); }

  /// Begins with a waiting range, up to `end`; what is behind that goes on waiting.
  void begin(size_t waiting, uint64_t end);
  /// At most so many bytes come. The lane ends with its range. Fails with no_restart when the lane
  /// proves that the server does not honour offsets.
  Status bring(size_t lane, uint64_t bytes);
  /// The transfer breaks; what is left of its range waits.
  void give_back(size_t lane);
  /// The range ends earlier, at a segment boundary half-way; what is behind that waits. Nothing
  /// happens to a range that has no such boundary.
  void hand_over(size_t lane);

  Status checkpoint();
  bool seams_due() const { return !part_->due_seams().empty(); }
  /// Compares those that are due. Fails with no_restart when one does not match.
  Status compare_seams();
  /// After no_restart: forgets all but what is proven; the rest comes in one true transfer.
  Status fall_back();

  Status finish();

 private:
  Status check_notes() const;
  Status check_accepted(const RangeSet& accepted) const;

  World& world_;
  std::unique_ptr<store::PartFile> part_;
  std::vector<Lane> lanes_;
  std::vector<Range> waiting_;
  bool fell_back_ = false;
};

}  // namespace ftpull::crash
