// A listing read in pieces, for tests and fuzzers.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "ftp/listing/reader.h"

namespace listing {

/// 2026-07-22 12:00:00, which is `now` where a test does not say so.
inline constexpr int64_t kNow = 1784721600;

struct Outcome {
  std::vector<ftpull::Entry> entries;
  ftpull::ftp::ListingTally tally;
  bool operator==(const Outcome&) const = default;
};

/// `cut` gives the length of the next piece.
template <class Cut>
Outcome read_in_pieces(std::string_view bytes, Cut cut, int64_t now = kNow) {
  ftpull::ftp::ListingReader reader(now);
  Outcome outcome;
  ftpull::Entry entry;
  const auto take = [&] {
    while (reader.next(entry)) outcome.entries.push_back(entry);
  };
  while (!bytes.empty()) {
    const size_t length = std::min<size_t>(cut(), bytes.size());
    reader.feed(bytes.substr(0, length));
    bytes.remove_prefix(length);
    take();
  }
  reader.finish();
  take();
  outcome.tally = reader.tally();
  return outcome;
}

inline Outcome read(std::string_view bytes, int64_t now = kNow) {
  return read_in_pieces(
      bytes, [&] { return bytes.size(); }, now);
}

}  // namespace listing
