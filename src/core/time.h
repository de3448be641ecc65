// Time is an argument: code that decides takes a TimePoint and never asks a clock. Only the loop
// (src/net) and the simulation make them.
#pragma once

#include <chrono>

namespace ftpull {

using Duration = std::chrono::nanoseconds;
/// Since an arbitrary moment, monotonic.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline constexpr TimePoint kNever = TimePoint::max();

inline double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

inline Duration from_seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace ftpull
