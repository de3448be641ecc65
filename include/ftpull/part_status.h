// What an unfinished download has on disk: read from its journal, nothing is changed.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ftpull/byte_range.h"
#include "ftpull/error.h"

namespace ftpull {

struct PartStatus {
  std::filesystem::path part;          // NAME.part
  std::filesystem::path journal;       // NAME.part.journal
  std::string url;                     // without password
  std::optional<uint64_t> size_bytes;  // empty: the server did not tell
  std::string mdtm;                    // the server's MDTM answer, empty when it gave none
  uint64_t segment_bytes = 0;
  uint64_t done_bytes = 0;       // on disk, tails of unfinished segments included
  uint64_t durable_bytes = 0;    // proven to be on stable storage
  std::string map;               // one character a segment: '#' done, '+' begun, '.' missing
  std::vector<ByteRange> holes;  // what is missing, in order
  std::vector<ByteRange> tails;  // what is there of segments that are not finished, in order
  std::time_t created = 0;       // when the download began
  bool in_use = false;           // another process holds it
};

/// `path` may be NAME, NAME.part or NAME.part.journal. Fails with not_found when there is no
/// unfinished download, disk or corrupt when it cannot be read.
Result<PartStatus> read_part_status(const std::filesystem::path& path);

}  // namespace ftpull
