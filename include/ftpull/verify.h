// Reads what is on disk again and compares it with the digests that were kept while it came: of an
// unfinished download those in its journal, of a finished file those in TARGET.digests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ftpull/byte_range.h"
#include "ftpull/error.h"

namespace ftpull {

class Observer;

struct VerifyResult {
  std::filesystem::path target;   // NAME
  std::filesystem::path path;     // what was read: NAME, or NAME.part
  std::filesystem::path digests;  // what it was compared with
  std::string url;                // where it came from, without password
  uint64_t size_bytes = 0;        // of the whole file
  uint64_t checked_bytes = 0;     // of a part only what it has
  std::vector<ByteRange> bad;     // in order; whole segments, neighbours joined
};

/// `path` may be NAME, NAME.part, NAME.part.journal or NAME.digests. Changes nothing. The observer
/// hears of progress. Errors: not_found when there is nothing to compare, or nothing to compare it
/// with; changed when the file has another length than the one that the digests are of;
/// disk when it cannot be read or is being fetched; corrupt when the digests are damaged.
Result<VerifyResult> verify(const std::filesystem::path& path, Observer& observer);

}  // namespace ftpull
