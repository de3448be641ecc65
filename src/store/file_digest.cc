#include "store/file_digest.h"

#include <fmt/format.h>

namespace ftpull::store {

std::string FileDigest::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

Result<std::string> xxh3_128_of_file(Disk& disk, const std::filesystem::path& path,
                                     const StopAsked& stop_asked) {
  auto file = disk.open(path, OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  const auto size = (*file)->size();
  if (!size) return tl::make_unexpected(size.error());
  FileDigest digest;
  const auto read = read_pieces(
      **file, {0, *size}, [&](std::span<const std::byte> piece) { digest.add(piece); }, stop_asked);
  if (!read) return tl::make_unexpected(read.error());
  return digest.hex();
}

}  // namespace ftpull::store
