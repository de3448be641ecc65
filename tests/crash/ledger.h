// What a part has to accept, and what it may accept, when it is opened the next time.
//
// After a kill: everything whose write() returned, and nothing that was never given to write() or
// has been forgotten since. After a power cut: at least what a checkpoint covered that returned;
// what had been forgotten may be back.
#pragma once

#include "ftpull/error.h"

#include "core/range.h"
#include "crash_disk.h"

namespace ftpull::crash {

/// Does a checkpoint cover the beginnings of unfinished segments? If not, only whole segments.
inline constexpr bool kTailsAreDurable = true;

class Ledger {
 public:
  Ledger(uint64_t size_bytes, uint64_t segment_bytes)
      : size_bytes_(size_bytes), segment_bytes_(segment_bytes) {}

  /// Another part begins.
  void clear();

  /// Around each write().
  void writing(Range range) { possible_.add(range); }
  void wrote(Range range) { kept_.add(range); }
  /// Around forget_from().
  void forgetting(uint64_t begin);
  void forgot(uint64_t begin) { possible_.remove({begin, size_bytes_}); }
  /// A checkpoint has returned that began when this was kept().
  void checkpointed(const RangeSet& kept);

  /// Garbage in whole sectors may have hit any record: nothing needs to be left.
  void after_power_cut(Garbage garbage);

  /// What an opened part accepts; fails with corrupt when that breaks a promise. The part is from
  /// then on known to be there.
  Status opened(const RangeSet& accepted);

  const RangeSet& kept() const { return kept_; }
  /// A power cut came before the part was known to be there: it may be without a journal.
  bool may_have_lost_journal() const { return may_have_lost_journal_; }

 private:
  const uint64_t size_bytes_;
  const uint64_t segment_bytes_;
  RangeSet kept_;
  RangeSet possible_;
  RangeSet durable_;
  bool there_ = false;
  bool cut_since_opened_ = false;
  bool may_have_lost_journal_ = false;
};

}  // namespace ftpull::crash
