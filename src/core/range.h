// Half-open byte intervals of a remote file, and sets of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

namespace ftpull {

/// [begin, end) in bytes from the start of the file.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t size() const { return end - begin; }
  bool empty() const { return begin >= end; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// A set of bytes as disjoint ranges that do not touch, in ascending order.
class RangeSet {
 public:
  void add(Range range);
  void remove(Range range);

  bool empty() const { return ends_.empty(); }
  uint64_t total_bytes() const;
  bool contains(Range range) const;
  std::vector<Range> ranges() const;

 private:
  std::map<uint64_t, uint64_t> ends_;  // begin -> end
};

}  // namespace ftpull
