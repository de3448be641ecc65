// What a person sees while a file is fetched, or read: one line that is redrawn on a terminal, or a
// line now and then in a log.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "ftpull/fetch.h"

#include "cli/console.h"
#include "cli/options.h"
#include "core/time.h"

namespace ftpull::cli {

enum class Activity { fetching, reading, mirroring };

/// "data.tar.gz  45% 120 MiB/256 MiB  80.0 MiB/s  ETA 0:02  8 conns" in at most `width` bytes,
/// hence columns. Where that is too narrow the name is shortened first, then figures are left out
/// from the right. Without a size there is no percentage and no ETA. While nothing moves, "waiting"
/// stands in place of all that follows the bytes. 100% means complete: it is rounded down. Reading
/// has no connections and waits for nobody.
std::string format_progress_line(const FetchProgress& progress, size_t width,
                                 Activity activity = Activity::fetching);

/// "0:12", "59:59", "2:10:05"; "--" when nobody can tell.
std::string format_eta(double seconds);

/// Draws at most ten times a second on a terminal, and every ten seconds else.
class ProgressDisplay {
 public:
  static constexpr Duration kBarInterval = std::chrono::milliseconds(100);
  static constexpr Duration kPlainInterval = std::chrono::seconds(10);

  /// `mode` automatic: a bar where standard error is a terminal, else plain lines.
  ProgressDisplay(Console& console, ProgressMode mode);

  /// A file begins: the first plain line is due ten seconds from `now`.
  void begin(TimePoint now, Activity activity = Activity::fetching);
  void update(const FetchProgress& progress, TimePoint now);
  /// The same of anything: `line` is asked for a text of at most so many bytes when one is due.
  void update(const std::function<std::string(size_t width)>& line, TimePoint now);
  /// Takes the line off the terminal, so that something else can be written there.
  void clear();

 private:
  Console& console_;
  ProgressMode mode_;  // never automatic
  Activity activity_ = Activity::fetching;
  TimePoint due_{};
  bool drawn_ = false;
};

}  // namespace ftpull::cli
