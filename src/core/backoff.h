// Waiting times between attempts: exponential with full jitter, so that many clients which were
// refused together do not come back together.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "core/time.h"

namespace ftpull {

class Backoff {
 public:
  static constexpr Duration kFirst = std::chrono::seconds(1);
  static constexpr Duration kLongest = std::chrono::seconds(60);
  /// Never at once: a refused connect on loopback would otherwise be repeated in microseconds.
  static constexpr Duration kShortest = std::chrono::milliseconds(100);

  explicit Backoff(uint64_t seed) : random_(seed) {}

  /// The wait before attempt `failures` + 1: even in [kShortest, min(kLongest, 2^(failures-1) s)].
  Duration wait_after(int failures);

 private:
  std::mt19937_64 random_;
};

/// " (gave up after 6 attempts)", for the end of a message.
std::string gave_up_after(int attempts);

}  // namespace ftpull
