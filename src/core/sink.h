// Where the bytes of one range go, in order.
#pragma once

#include <cstddef>
#include <span>

#include "ftpull/error.h"

namespace ftpull {

/// write() runs on a thread of the pool, never twice at the same time for one sink; what it wrote
/// is visible to the loop thread when the work item has ended. Each sink belongs to one range, so
/// that sinks of different ranges run side by side.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status write(std::span<const std::byte> bytes) = 0;
};

}  // namespace ftpull
