#include "core/token_bucket.h"

#include <algorithm>

namespace ftpull {

double TokenBucket::capacity() const {
  return std::max(static_cast<double>(rate_) * to_seconds(kBurst), 1.0);
}

double TokenBucket::smallest_grant() const {
  return std::min(capacity(), static_cast<double>(kSmallestGrant));
}

void TokenBucket::refill(TimePoint now) {
  if (filled_ != TimePoint{} && now > filled_) {
    tokens_ =
        std::min(tokens_ + static_cast<double>(rate_) * to_seconds(now - filled_), capacity());
  }
  filled_ = std::max(filled_, now);
}

uint64_t TokenBucket::take(uint64_t wanted, TimePoint now) {
  if (!limited()) return wanted;
  refill(now);
  // A reader that wants less than the smallest grant is served as soon as that much is there.
  if (tokens_ < std::min(smallest_grant(), static_cast<double>(wanted))) return 0;
  const auto granted = std::min(wanted, static_cast<uint64_t>(tokens_));
  tokens_ -= static_cast<double>(granted);
  return granted;
}

TimePoint TokenBucket::ready_at(TimePoint now) const {
  const double missing = smallest_grant() - tokens_;
  if (!limited() || missing <= 0) return now;
  return std::max(now, filled_) + from_seconds(missing / static_cast<double>(rate_)) +
         std::chrono::microseconds(1);
}

}  // namespace ftpull
