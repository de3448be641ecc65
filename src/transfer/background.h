// Runs work that may block (opening, flushing and renaming files) away from the thread that
// decides.
#pragma once

#include <functional>

namespace ftpull::transfer {

class Background {
 public:
  virtual ~Background() = default;
  /// `work` runs on another thread; `done` later on the caller's, never from within run().
  virtual void run(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace ftpull::transfer
