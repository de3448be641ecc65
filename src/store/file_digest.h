// The digest of a whole file that users see: XXH3-128, as `xxhsum -H2` prints it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/xxh3.h"
#include "store/disk.h"
#include "store/read_pieces.h"

namespace ftpull::store {

/// Of bytes that come one after the other.
class FileDigest {
 public:
  FileDigest() : state_(XXH3_createState(), &XXH3_freeState) { XXH3_128bits_reset(state_.get()); }

  void add(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
  }
  /// Of all so far, 32 hexadecimal digits.
  std::string hex() const;

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

/// 32 hexadecimal digits. Reads the whole file.
Result<std::string> xxh3_128_of_file(Disk& disk, const std::filesystem::path& path,
                                     const StopAsked& stop_asked = {});

}  // namespace ftpull::store
