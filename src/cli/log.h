// Where messages go besides the screen: --log-file, and the trace of -v on standard error. No text
// that comes here holds credentials (see Observer::on_message).
#pragma once

#include <memory>
#include <string_view>

#include "ftpull/error.h"
#include "ftpull/fetch.h"

#include "cli/console.h"
#include "cli/options.h"

namespace spdlog {
class logger;
}

namespace ftpull::cli {

class Log {
 public:
  /// Fails with disk when the log file cannot be opened. The console must outlive the log.
  static Result<Log> open(const Options& options, Console& console);

  /// Info and trace with -v: "12:00:01.123 trace text". Warnings are not shown here: they have a
  /// line of their own.
  void show(MessageLevel level, std::string_view text);

  /// A line of --log-file: "2026-01-31T12:00:01.123+01:00 warning text". Trace only with -v.
  void record(MessageLevel level, std::string_view text);

  bool wants_trace() const { return screen_ != nullptr; }

 private:
  std::shared_ptr<spdlog::logger> screen_;  // null without -v
  std::shared_ptr<spdlog::logger> file_;    // null without --log-file
};

}  // namespace ftpull::cli
