#include "store/read_pieces.h"

#include <algorithm>
#include <vector>

namespace ftpull::store {
namespace {

constexpr uint64_t kPieceBytes = 256 * 1024;

}  // namespace

Status read_pieces(File& file, Range range,
                   const std::function<void(std::span<const std::byte>)>& use,
                   const StopAsked& stop_asked) {
  std::vector<std::byte> buffer(std::min(kPieceBytes, range.size()));
  for (uint64_t at = range.begin; at < range.end;) {
    if (stop_asked && stop_asked()) return fail(ErrorKind::interrupted, "stopped");
    const auto piece = std::span(buffer).first(std::min<uint64_t>(buffer.size(), range.end - at));
    const auto read = file.read_at(piece, at);
    if (!read) return tl::make_unexpected(read.error());
    if (*read < piece.size()) return fail(ErrorKind::disk, "the data ends before its length");
    use(piece);
    at += piece.size();
  }
  return {};
}

}  // namespace ftpull::store
