// Everything that ftpull get, verify, ls and mirror show: progress, messages and results, each to
// where the options want it (screen, standard output as JSON, log file).
#pragma once

#include <string_view>

#include "ftpull/fetch.h"
#include "ftpull/mirror.h"

#include "cli/active_files.h"
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

  /// Files are about to be fetched, or read.
  void begin(Activity activity = Activity::fetching);
  /// How far a mirror is. Between begin(Activity::mirroring) and the next begin() the progress of
  /// its single files is not shown.
  void on_mirror_progress(const MirrorProgress& progress);
  /// Of the file at this place of the list.
  void end_file(size_t file, const Outcome& outcome);
  /// Of a file that was not begun only programs are told (--json): who interrupted knows.
  void leave_out(const Outcome& outcome);

  /// A result for a person, one line.
  void show_result(std::string_view line);
  /// What a person asked for, one line on standard output. Nothing with --json or -q.
  void show_answer(std::string_view line);
  /// For the log file only.
  void record(MessageLevel level, std::string_view line) { log_.record(level, line); }
  /// One line or several.
  void show_error(std::string_view text);
  /// A result for a program: one object. Nothing without --json.
  void show_json(std::string_view object);

  /// Something has been heard of it.
  bool has_begun(size_t file) const { return files_.contains(file); }
  /// What is known of a file under way from its progress: for the report of a failure.
  FetchResult so_far(size_t file = 0) const { return files_.so_far(file, console_.now()); }

 private:
  const Options& options_;
  Console& console_;
  Log log_;
  ProgressDisplay display_;
  ActiveFiles files_;
  Activity activity_ = Activity::fetching;
};

}  // namespace ftpull::cli
