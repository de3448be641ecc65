#include "transfer/range_queue.h"

#include <algorithm>

#include "transfer/picker.h"

namespace ftpull::transfer {

void RangeQueue::add(WaitingRange waiting) {
  if (waiting.range.empty()) return;
  if (waiting.failures == 0) {
    std::erase_if(waiting_, [&](const WaitingRange& other) {
      const bool touches =
          other.range.end == waiting.range.begin || other.range.begin == waiting.range.end;
      if (!touches || other.failures != 0) return false;
      waiting.range.begin = std::min(waiting.range.begin, other.range.begin);
      waiting.range.end = std::max(waiting.range.end, other.range.end);
      waiting.not_before = std::max(waiting.not_before, other.not_before);
      return true;
    });
  }
  waiting_.push_back(waiting);
}

uint64_t RangeQueue::total_bytes() const {
  uint64_t total = 0;
  for (const WaitingRange& waiting : waiting_) total += waiting.range.size();
  return total;
}

std::optional<WaitingRange> RangeQueue::take(uint64_t share, uint64_t segment_bytes,
                                             TimePoint now) {
  auto foremost = waiting_.end();
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (it->not_before > now) continue;
    if (foremost == waiting_.end() || it->range.begin < foremost->range.begin) foremost = it;
  }
  if (foremost == waiting_.end()) return std::nullopt;
  return take_part(foremost, share, segment_bytes);
}

std::optional<Range> RangeQueue::take_at(uint64_t begin, uint64_t share, uint64_t segment_bytes,
                                         TimePoint now) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const WaitingRange& w) {
    return w.range.begin == begin && w.failures == 0 && w.not_before <= now;
  });
  if (found == waiting_.end()) return std::nullopt;
  return take_part(found, share, segment_bytes).range;
}

WaitingRange RangeQueue::take_part(std::vector<WaitingRange>::iterator from, uint64_t share,
                                   uint64_t segment_bytes) {
  WaitingRange taken = *from;
  taken.range = first_part(from->range, share, segment_bytes);
  from->range.begin = taken.range.end;
  if (from->range.empty()) waiting_.erase(from);
  return taken;
}

TimePoint RangeQueue::ready_at() const {
  TimePoint ready = kNever;
  for (const WaitingRange& waiting : waiting_) ready = std::min(ready, waiting.not_before);
  return ready;
}

}  // namespace ftpull::transfer
