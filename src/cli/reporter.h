// Everything that ftpull get and verify show: progress, messages and results, each to where the
// options want it (screen, standard output as JSON, log file).
#pragma once

#include <string_view>

#include "ftpull/fetch.h"

#include "cli/console.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/outcome.h"
#include "cli/progress.h"

namespace ftpull::cli {

class Reporter final : public Observer {
 public:
  /// `options` and `console` must outlive the reporter.
  Reporter(const Options& options, Console& console, Log log);

  void on_progress(const FetchProgress& progress) override;
  void on_message(MessageLevel level, std::string_view text) override;
  bool wants_trace() const override { return log_.wants_trace(); }

  void begin_file(Activity activity = Activity::fetching);
  void end_file(const Outcome& outcome);
  /// Of a file that was not begun only programs are told (--json): who interrupted knows.
  void leave_out(const Outcome& outcome);

  /// A result for a person, one line.
  void show_result(std::string_view line);
  /// One line or several.
  void show_error(std::string_view text);
  /// A result for a program: one object. Nothing without --json.
  void show_json(std::string_view object);

  /// What is known of the file under way from its progress: for the report of a failure.
  FetchResult so_far() const;

 private:
  const Options& options_;
  Console& console_;
  Log log_;
  ProgressDisplay display_;
  TimePoint began_{};
  FetchResult so_far_;
};

}  // namespace ftpull::cli
