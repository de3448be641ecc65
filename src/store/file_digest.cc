#include "store/file_digest.h"

#include <memory>

#include <fmt/format.h>

#include "core/xxh3.h"

namespace ftpull::store {

Result<std::string> xxh3_128_of_file(Disk& disk, const std::filesystem::path& path,
                                     const StopAsked& stop_asked) {
  auto file = disk.open(path, OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  const auto size = (*file)->size();
  if (!size) return tl::make_unexpected(size.error());
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  const auto read = read_pieces(
      **file, {0, *size},
      [&](std::span<const std::byte> piece) {
        XXH3_128bits_update(state.get(), piece.data(), piece.size());
      },
      stop_asked);
  if (!read) return tl::make_unexpected(read.error());
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace ftpull::store
