// Chooses which range an idle session should take. Pure: no I/O, no clock.
//
// Waiting ranges are handed out first, each cut to an even share of the file. When none is left,
// the range that would finish last is split, so that both its sessions finish together, on a
// segment boundary, if what that gains exceeds what opening a transfer costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/range.h"
#include "core/time.h"

namespace ftpull::transfer {

struct ActiveRange {
  uint64_t claimed = 0;  // everything before is received or about to be
  uint64_t end = 0;
  double bytes_per_second = 0;  // 0: nothing comes
};

struct Split {
  size_t victim = 0;  // index of the active range that gives [at, end) away
  uint64_t at = 0;
};

/// The even share of `missing_bytes` for one of `sessions`, rounded up to whole segments.
uint64_t even_share(uint64_t missing_bytes, int sessions, uint64_t segment_bytes);

/// The first part of a waiting range, at most `share` bytes and cut on a segment boundary.
Range first_part(Range waiting, uint64_t share, uint64_t segment_bytes);

/// `own_rate` 0: not known, taken to be the victim's. `opening` is the time from asking for a range
/// to its first byte.
std::optional<Split> choose_split(std::span<const ActiveRange> active, double own_rate,
                                  Duration opening, uint64_t segment_bytes);

}  // namespace ftpull::transfer
