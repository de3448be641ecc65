// A half-open interval [begin, end) of a file's bytes.
#pragma once

#include <cstdint>

namespace ftpull {

struct ByteRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace ftpull
