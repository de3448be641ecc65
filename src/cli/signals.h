// SIGINT and SIGTERM: the first one asks the fetcher to keep its state and stop, the second one
// ends the process at once with 130, which is safe too.
#pragma once

#include <signal.h>

#include "cli/engine.h"

namespace ftpull::cli {

/// While it lives, signals go to this fetcher. One at a time in a process.
class InterruptGuard {
 public:
  explicit InterruptGuard(FileFetcher& fetcher);
  ~InterruptGuard();
  /// A signal has come since the last guard was made, whether or not that is still there.
  static bool was_interrupted();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
};

/// A write to a closed connection or pipe, or beyond `ulimit -f`, gives an error instead of ending
/// the process.
void take_write_errors_as_values();

}  // namespace ftpull::cli
