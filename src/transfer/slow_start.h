// What TCP's slow start costs a transfer that has just begun. Pure.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/time.h"

namespace ftpull::transfer {

/// The time that a transfer, from its first byte on, is behind one that brings its full rate at
/// once: the window begins with ten packets (RFC 6928) and doubles each round trip; what comes
/// while it grows is nearly what one round trip brings.
inline double slow_start_seconds(double bytes_per_second, Duration round_trip) {
  constexpr double kFirstWindowBytes = 10 * 1448;
  const double window = bytes_per_second * to_seconds(round_trip);
  if (window <= kFirstWindowBytes) return 0;
  return std::max(std::log2(window / kFirstWindowBytes) - 1, 0.0) * to_seconds(round_trip);
}

}  // namespace ftpull::transfer
