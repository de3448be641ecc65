// Reads a part of a file from front to back without holding it in memory.
#pragma once

#include <functional>

#include "core/range.h"
#include "store/disk.h"

namespace ftpull::store {

/// Asked between two pieces of long work: true ends it with ErrorKind::interrupted. On any thread.
using StopAsked = std::function<bool()>;

/// Calls `use` with the bytes of the range in order, a piece at a time. A file that ends before the
/// range does is an error.
Status read_pieces(File& file, Range range,
                   const std::function<void(std::span<const std::byte>)>& use,
                   const StopAsked& stop_asked = {});

}  // namespace ftpull::store
