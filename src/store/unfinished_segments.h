// The segments of one part of which something is there and that no writer has, and the journal's
// slots for those.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "store/journal.h"
#include "store/range_writer.h"

namespace ftpull::store {

struct Unfinished {
  PartialSegment partial;
  std::optional<uint64_t> slot;  // none when all are taken
};

class UnfinishedSegments {
 public:
  UnfinishedSegments() {
    for (uint64_t slot = kSlots; slot-- > 0;) free_slots_.push_back(slot);
  }

  bool contains(uint64_t segment) const { return segments_.contains(segment); }
  const std::map<uint64_t, Unfinished>& all() const { return segments_; }

  /// The segment, or a new one, with a slot when any is free. What it holds is the caller's now.
  Unfinished take(uint64_t segment) {
    Unfinished taken;
    if (auto node = segments_.extract(segment)) taken = std::move(node.mapped());
    if (!taken.slot) taken.slot = take_slot();
    return taken;
  }
  /// One that holds nothing gives its slot back.
  void put(uint64_t segment, Unfinished unfinished) {
    if (unfinished.partial.bytes() > 0) {
      segments_.insert_or_assign(segment, std::move(unfinished));
    } else if (unfinished.slot) {
      free_slots_.push_back(*unfinished.slot);
    }
  }
  /// One of an earlier run, in this slot or, when another segment has that, in any.
  void adopt(uint64_t segment, PartialSegment partial, uint64_t slot) {
    const bool is_free = std::erase(free_slots_, slot) != 0;
    segments_.insert_or_assign(segment,
                               Unfinished{std::move(partial), is_free ? slot : take_slot()});
  }

  /// This segment and all behind it are missing.
  void drop_from(uint64_t segment) {
    while (!segments_.empty() && segments_.rbegin()->first >= segment) {
      const auto last = std::prev(segments_.end());
      if (last->second.slot) free_slots_.push_back(*last->second.slot);
      segments_.erase(last);
    }
  }

 private:
  std::optional<uint64_t> take_slot() {
    if (free_slots_.empty()) return std::nullopt;
    const uint64_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }

  std::map<uint64_t, Unfinished> segments_;
  std::vector<uint64_t> free_slots_;
};

}  // namespace ftpull::store
