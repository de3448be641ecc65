#include "core/backoff.h"

#include <algorithm>

#include <fmt/format.h>

namespace ftpull {

Duration Backoff::wait_after(int failures) {
  constexpr int kDoublings = 6;  // 64 s is over kLongest
  const int doublings = std::clamp(failures - 1, 0, kDoublings);
  const Duration ceiling = std::min<Duration>(kFirst * (1 << doublings), kLongest);
  std::uniform_int_distribution<int64_t> jitter(kShortest.count(), ceiling.count());
  return Duration(jitter(random_));
}

std::string gave_up_after(int attempts) {
  return fmt::format(" (gave up after {} attempt{})", attempts, attempts == 1 ? "" : "s");
}

}  // namespace ftpull
