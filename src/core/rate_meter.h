// A smoothed rate: old bytes count less and less, by half every half-life, and a young meter is not
// biased towards zero.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/time.h"

namespace ftpull {

class RateMeter {
 public:
  /// Calm enough to be read.
  static constexpr Duration kHalfLife = std::chrono::seconds(2);

  explicit RateMeter(Duration half_life = kHalfLife) : half_life_seconds_(to_seconds(half_life)) {}

  /// Forgets everything.
  void start(TimePoint now) {
    bytes_ = seconds_ = 0;
    last_ = now;
  }

  void add(uint64_t bytes, TimePoint now) {
    decay(now);
    bytes_ += static_cast<double>(bytes);
  }

  /// Bytes a second; 0 before any time has passed.
  double per_second(TimePoint now) const {
    RateMeter copy = *this;
    copy.decay(now);
    return copy.seconds_ > 0 ? copy.bytes_ / copy.seconds_ : 0;
  }

 private:
  void decay(TimePoint now) {
    if (now <= last_) return;
    const double passed = to_seconds(now - last_);
    const double kept = std::exp2(-passed / half_life_seconds_);
    // The time that counts decays like the bytes, so that a steady rate is seen exactly.
    const double weight = (1 - kept) * half_life_seconds_ / std::log(2.0);
    bytes_ *= kept;
    seconds_ = seconds_ * kept + weight;
    last_ = now;
  }

  double half_life_seconds_;
  double bytes_ = 0;
  double seconds_ = 0;
  TimePoint last_{};
};

}  // namespace ftpull
