// A rate limit: bytes may be spent as they come in at `bytes_per_second`, at most a short burst
// ahead. Spending before the bytes are read lets several sessions share one bucket fairly.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace ftpull {

class TokenBucket {
 public:
  /// How much may be saved up: smooth enough for a human, long enough for a timer's grain.
  static constexpr Duration kBurst = std::chrono::milliseconds(100);
  /// Below this many bytes a read is not worth a system call.
  static constexpr uint64_t kSmallestGrant = 4096;

  /// 0: no limit.
  explicit TokenBucket(uint64_t bytes_per_second) : rate_(bytes_per_second) {}

  /// From here on. What was saved up is not lost, but for what would be more than a burst.
  void set_rate(uint64_t bytes_per_second) { rate_ = bytes_per_second; }

  bool limited() const { return rate_ != 0; }

  /// Takes up to `wanted` bytes, 0 when it is too early.
  uint64_t take(uint64_t wanted, TimePoint now);

  /// Gives back what was taken and not used.
  void give_back(uint64_t bytes) { tokens_ += static_cast<double>(bytes); }

  /// When take() will grant something again.
  TimePoint ready_at(TimePoint now) const;

 private:
  double capacity() const;
  double smallest_grant() const;
  void refill(TimePoint now);

  uint64_t rate_;
  double tokens_ = 0;
  TimePoint filled_{};
};

}  // namespace ftpull
