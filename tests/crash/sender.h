// The server of a crash test: it sends the bytes of one file, or, when it does not honour offsets,
// bytes from another offset than it was asked for (QUIRKS F3, F4, F9).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/range.h"
#include "dice.h"
#include "store/journal_format.h"

namespace ftpull::crash {

/// std::equal goes byte by byte, which would take half of the tests' time.
bool same_bytes(std::span<const std::byte> one, std::span<const std::byte> other);

class Sender {
 public:
  enum class Manner {
    honest,
    from_the_start,  // ignores the offset
    one_shift,       // the offset is always wrong by the same number, as when it is cut to 32 bits
    any_shift,       // by another number each time
  };

  /// `lie_percent`: of the transfers that do not begin at 0, how many are wrong.
  Sender(uint64_t size_bytes, uint64_t seed, Manner manner = Manner::honest,
         unsigned lie_percent = 0);

  const store::Identity& identity() const { return identity_; }
  uint64_t size_bytes() const { return *identity_.size_bytes; }
  std::span<const std::byte> file() const { return bytes({0, size_bytes()}, 0); }
  bool honest() const { return manner_ == Manner::honest; }

  /// It honours offsets from here on, as another machine behind the same name may (QUIRKS B19).
  void reform() { lie_percent_ = 0; }

  /// By how much the transfer that begins here is wrong: 0 for a true one.
  int64_t begin_transfer(uint64_t offset);

  /// What stands at a place of the file in a transfer that is wrong by `shift`.
  std::span<const std::byte> bytes(Range range, int64_t shift) const;

  /// Is each sector of `bytes`, which lie at `offset`, true, or as some transfer brought it?
  bool may_have_sent(uint64_t offset, std::span<const std::byte> bytes) const;

 private:
  const Manner manner_;
  unsigned lie_percent_;
  const store::Identity identity_;
  Dice dice_;
  uint64_t base_;
  int64_t usual_shift_;
  std::vector<int64_t> shifts_;  // that transfers had
};

}  // namespace ftpull::crash
