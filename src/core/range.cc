#include "core/range.h"

#include <iterator>

namespace ftpull {

void RangeSet::add(Range range) {
  if (range.empty()) return;
  auto it = ends_.upper_bound(range.begin);
  if (it != ends_.begin() && std::prev(it)->second >= range.begin) --it;
  while (it != ends_.end() && it->first <= range.end) {
    range.begin = std::min(range.begin, it->first);
    range.end = std::max(range.end, it->second);
    it = ends_.erase(it);
  }
  ends_.emplace(range.begin, range.end);
}

void RangeSet::remove(Range range) {
  if (range.empty()) return;
  auto it = ends_.upper_bound(range.begin);
  if (it != ends_.begin() && std::prev(it)->second > range.begin) --it;
  while (it != ends_.end() && it->first < range.end) {
    const Range old{it->first, it->second};
    it = ends_.erase(it);
    if (old.begin < range.begin) ends_.emplace(old.begin, range.begin);
    if (old.end > range.end) ends_.emplace(range.end, old.end);
  }
}

uint64_t RangeSet::total_bytes() const {
  uint64_t total = 0;
  for (const auto& [begin, end] : ends_) total += end - begin;
  return total;
}

bool RangeSet::contains(Range range) const {
  if (range.empty()) return true;
  auto it = ends_.upper_bound(range.begin);
  return it != ends_.begin() && std::prev(it)->second >= range.end;
}

std::vector<Range> RangeSet::ranges() const {
  std::vector<Range> out;
  out.reserve(ends_.size());
  for (const auto& [begin, end] : ends_) out.push_back({begin, end});
  return out;
}

}  // namespace ftpull
