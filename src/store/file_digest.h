// The digest of a whole file that users see: XXH3-128, as `xxhsum -H2` prints it.
#pragma once

#include <filesystem>
#include <string>

#include "store/disk.h"
#include "store/read_pieces.h"

namespace ftpull::store {

/// 32 hexadecimal digits. Reads the whole file.
Result<std::string> xxh3_128_of_file(Disk& disk, const std::filesystem::path& path,
                                     const StopAsked& stop_asked = {});

}  // namespace ftpull::store
