#include "cli/mirror_report.h"

#include <string>

#include <fmt/format.h>

#include "cli/listing_text.h"
#include "cli/mirror_text.h"

namespace ftpull::cli {

MirrorReport::MirrorReport(const Options& options, Console& console, Reporter& reporter,
                           FileFetcher& fetcher)
    : options_(options), console_(console), reporter_(reporter), fetcher_(fetcher) {}

void MirrorReport::on_item(const MirrorItem& item) {
  reporter_.show_json(mirror_item_json(item, options_.fetch.dry_run));
  const std::string action = action_line(item, !options_.fetch.dry_run);
  const bool is_kept = item.status == MirrorStatus::kept;
  if (action.empty()) {
    show_trouble(item);
  } else if (is_kept && !options_.verbose) {
    // Of most files there is nothing else to say the second time.
  } else if (options_.fetch.dry_run) {
    reporter_.show_answer(action);
  } else if (options_.verbose) {
    reporter_.show_result(action);
  } else {
    reporter_.record(MessageLevel::info, action);
  }
  // Whoever has read enough, like head, does not want the rest of the tree fetched.
  if (!console_.out) fetcher_.stop();
}

void MirrorReport::on_mirror_progress(const MirrorProgress& progress) {
  so_far_ = progress.totals;
  reporter_.on_mirror_progress(progress);
}

void MirrorReport::show_trouble(const MirrorItem& item) {
  const std::string name = shown_item(item);
  const std::string text = item.error
                               ? describe_named_failure(name, *item.error)
                               : fmt::format("{}: {}", name, mirror_status_name(item.status));
  if (++errors_ <= kMostErrors) {
    reporter_.show_error(text);
  } else {
    reporter_.record(MessageLevel::warning, text);
  }
}

int MirrorReport::end(const MirrorRun& run) {
  if (errors_ > kMostErrors) {
    reporter_.show_error(fmt::format("and {} more", errors_ - kMostErrors));
  }
  const bool has_begun = !run.error || run.result.totals.folders != 0;
  if (has_begun) {
    for (const std::string& line : statement_lines(run)) reporter_.show_result(line);
  }
  const int code = close(run);
  reporter_.show_json(mirror_run_json(run));
  return code;
}

int MirrorReport::close(const MirrorRun& run) {
  if (run.error) {
    Error error = *run.error;
    // The usual hint has other options.
    if (error.hint.empty() && error.kind == ErrorKind::disk) {
      error.hint = "Check the disk, or name another folder: ftpull mirror URL DIR";
    }
    reporter_.show_error(describe_failure(run.url, error));
    return exit_code(run.error->kind);
  }
  const auto& not_removed = run.result.not_removed;
  if (not_removed) reporter_.show_error("warning: " + describe(*not_removed));
  if (const auto line = incomplete_line(run)) {
    reporter_.show_error(*line);
    return exit_code(ErrorKind::some_failed);
  }
  reporter_.show_result(complete_line(run));
  return not_removed ? exit_code(ErrorKind::some_failed) : 0;
}

}  // namespace ftpull::cli
