#include "store/seam_book.h"

#include <algorithm>
#include <span>

namespace ftpull::store {

SeamBook::SeamBook() {
  for (uint64_t place = 0; place < kSeams; ++place) free_places_.push_back(place);
}

SeamBook::Pending SeamBook::open(uint64_t begin, size_t length) {
  drop_at(begin);
  Pending pending{std::make_shared<Seam>(begin, length), std::nullopt};
  if (!free_places_.empty()) {
    pending.place = free_places_.front();
    free_places_.pop_front();
  }
  pending_[begin] = pending;
  return pending;
}

void SeamBook::adopt(uint64_t place, const SeamRecord& record) {
  std::erase(free_places_, place);
  const auto lead = std::span(record.lead).first(record.length);
  pending_[record.begin] = {std::make_shared<Seam>(record.begin, lead), place};
}

void SeamBook::drop(const Seam& seam) {
  const auto pending = pending_.find(seam.begin());
  if (pending != pending_.end() && pending->second.seam.get() == &seam) drop_at(seam.begin());
}

void SeamBook::drop_at(uint64_t begin) {
  const auto pending = pending_.find(begin);
  if (pending == pending_.end()) return;
  if (pending->second.place) free_places_.push_back(*pending->second.place);
  pending_.erase(pending);
}

void SeamBook::drop_in(Range range) {
  auto next = pending_.lower_bound(range.begin);
  while (next != pending_.end() && next->first < range.end) {
    const uint64_t begin = next->first;
    ++next;
    drop_at(begin);
  }
}

std::vector<SeamBook::Pending> SeamBook::due(const Journal& journal) const {
  std::vector<Pending> due;
  for (const auto& [begin, pending] : pending_) {
    const bool neighbour_is_there = journal.finished((begin - 1) / journal.header().segment_bytes);
    if (pending.seam->complete() && neighbour_is_there) due.push_back(pending);
  }
  return due;
}

}  // namespace ftpull::store
