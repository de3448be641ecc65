#include "sender.h"

#include <algorithm>
#include <cstring>

#include "crash_disk.h"

namespace ftpull::crash {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kMostShift = kMiB;

/// All files are cut out of this, at different places, with room for shifts around them: to make a
/// file of random bytes for each of thousands of runs would take most of their time.
std::span<const std::byte> pool() {
  static const Bytes bytes = [] {
    Bytes made(8 * kMiB);
    Dice(1).fill(made);
    return made;
  }();
  return bytes;
}

int64_t some_shift(Dice& dice) {
  const auto shift = static_cast<int64_t>(dice.between(1, dice.percent(30) ? 100 : kMostShift));
  return dice.percent(50) ? shift : -shift;
}

}  // namespace

bool same_bytes(std::span<const std::byte> one, std::span<const std::byte> other) {
  if (one.size() != other.size()) return false;
  return one.empty() || std::memcmp(one.data(), other.data(), one.size()) == 0;
}

Sender::Sender(uint64_t size_bytes, uint64_t seed, Manner manner, unsigned lie_percent)
    : manner_(manner),
      lie_percent_(lie_percent),
      identity_{"ftp://host/file", size_bytes, "20260102030405"},
      dice_(seed),
      base_(dice_.between(2 * kMiB, 4 * kMiB)),
      usual_shift_(some_shift(dice_)) {}

int64_t Sender::begin_transfer(uint64_t offset) {
  if (honest() || offset == 0 || !dice_.percent(lie_percent_)) return 0;
  switch (manner_) {
    case Manner::honest:
      break;
    case Manner::from_the_start:
      shifts_.push_back(-static_cast<int64_t>(offset));
      break;
    case Manner::one_shift:
      shifts_.push_back(usual_shift_);
      break;
    case Manner::any_shift:
      shifts_.push_back(some_shift(dice_));
      break;
  }
  return shifts_.back();
}

std::span<const std::byte> Sender::bytes(Range range, int64_t shift) const {
  const int64_t at = static_cast<int64_t>(base_ + range.begin) + shift;
  return pool().subspan(static_cast<uint64_t>(at), range.size());
}

bool Sender::may_have_sent(uint64_t offset, std::span<const std::byte> there) const {
  const auto equals = [&](Range range, int64_t shift) {
    return same_bytes(bytes(range, shift), there.subspan(range.begin - offset, range.size()));
  };
  const uint64_t end = offset + there.size();
  if (equals({offset, end}, 0)) return true;
  for (uint64_t at = offset; at < end;) {
    const uint64_t next =
        std::min(end, (at / CrashDisk::kSectorBytes + 1) * CrashDisk::kSectorBytes);
    const Range sector{at, next};
    const bool was_sent =
        equals(sector, 0) || std::any_of(shifts_.begin(), shifts_.end(),
                                         [&](int64_t shift) { return equals(sector, shift); });
    if (!was_sent) return false;
    at = next;
  }
  return true;
}

}  // namespace ftpull::crash
