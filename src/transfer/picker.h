// Chooses which range an idle session should take. Pure: no I/O, no clock.
//
// Waiting ranges are handed out first, in even shares. When none is left, the range that would
// finish last is split on a segment boundary, if what that gains exceeds what opening a transfer
// costs.
//
// How much of it is taken: as much as the new session can bring until the moment at which all could
// finish together, those that have not come yet included, and no more than the old one cannot bring
// until then. Halving the longest range each time would leave ranges whose sizes differ by factors
// of two, and each session that is done early pays for another opening: with 10 sessions that join
// one by one, 2 to 3 openings for each instead of 1 to 2.
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
  double delay_seconds = 0;     // until it brings that
};

struct Split {
  size_t victim = 0;  // index of the active range that gives [at, end) away
  uint64_t at = 0;
};

/// The even share of `missing_bytes` for one of `sessions`, rounded up to whole segments.
uint64_t even_share(uint64_t missing_bytes, int sessions, uint64_t segment_bytes);

/// The first part of a waiting range, about `share` bytes and cut on a segment boundary.
Range first_part(Range waiting, uint64_t share, uint64_t segment_bytes);

struct Joining {
  int sessions = 1;             // without work, or about to come, the one that asks included
  double bytes_per_second = 0;  // that each will bring; 0: not known, taken to be the mean
  double delay_seconds = 0;     // from asking for a range until it brings that
};

std::optional<Split> choose_split(std::span<const ActiveRange> active, const Joining& joining,
                                  uint64_t segment_bytes);

}  // namespace ftpull::transfer
