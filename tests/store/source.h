// What the store's tests download: bytes that differ from place to place and from seed to seed, and
// how they get into a part.
#pragma once

#include <algorithm>
#include <random>
#include <span>

#include "fake_disk.h"
#include "store/part_file.h"

namespace ftpull::store {

inline constexpr uint64_t kTestSegmentBytes = kMinSegmentBytes;

struct Source {
  explicit Source(uint64_t size_bytes, uint64_t seed = 1) : bytes(size_bytes) {
    std::mt19937_64 random(seed);
    std::generate(bytes.begin(), bytes.end(), [&] { return std::byte(random() & 0xff); });
    identity = {"ftp://host/file", size_bytes, "20260102030405"};
  }

  std::span<const std::byte> range(Range range) const {
    return std::span(bytes).subspan(range.begin, range.size());
  }

  Bytes bytes;
  Identity identity;
};

/// Five segments, the last of them short.
inline Source five_segments() {
  return Source(4 * kTestSegmentBytes + 1234);
}

/// Writes the bytes of `range`, its lead first, as they would come from a socket: in pieces that
/// know nothing of segments. Ends at the first error.
inline Status write_range(PartFile& part, const Source& source, Range range,
                          uint64_t piece_bytes = 100'000) {
  const auto writer = part.writer(range.begin);
  range.begin = writer->wire_begin();
  while (range.begin < range.end) {
    const uint64_t end = std::min(range.begin + piece_bytes, range.end);
    if (auto written = writer->write(source.range({range.begin, end})); !written) return written;
    range.begin = end;
  }
  return {};
}

/// Everything that is missing, front to back.
inline Status write_missing(PartFile& part, const Source& source) {
  for (const Range& range : part.missing().ranges()) {
    if (auto written = write_range(part, source, range); !written) return written;
  }
  return {};
}

/// Compares all seams whose both sides are there.
inline Result<bool> check_seams(PartFile& part) {
  const auto due = part.due_seams();
  const auto matched = part.check(due);
  if (matched && *matched) part.settle(due);
  return matched;
}

}  // namespace ftpull::store
