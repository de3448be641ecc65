#include "cli/reporter.h"

#include <algorithm>
#include <utility>

#include "cli/json_output.h"
#include "cli/mirror_text.h"

namespace ftpull::cli {

Reporter::Reporter(const Options& options, Console& console, Log log)
    : options_(options),
      console_(console),
      log_(std::move(log)),
      display_(console, options.quiet ? ProgressMode::none : options.progress) {}

void Reporter::on_progress(const FetchProgress& progress) {
  if (activity_ == Activity::mirroring) return;
  files_.update(progress, console_.now());
  display_.update(files_.together(), console_.now());
}

void Reporter::on_message(MessageLevel level, std::string_view text) {
  display_.clear();
  log_.show(level, text);
  log_.record(level, text);
  if (level == MessageLevel::warning && !options_.quiet) {
    console_.err << "ftpull: warning: " << text << '\n' << std::flush;
  }
}

void Reporter::begin(Activity activity) {
  files_ = {};
  activity_ = activity;
  display_.begin(console_.now(), activity);
}

void Reporter::on_mirror_progress(const MirrorProgress& progress) {
  display_.update([&](size_t width) { return format_mirror_progress(progress, width); },
                  console_.now());
}

void Reporter::end_file(size_t file, const Outcome& outcome) {
  files_.remove(file);
  show_json(outcome_json(outcome));
  if (outcome.error) {
    show_error(failure(outcome));
  } else {
    show_result(summary(outcome));
  }
}

void Reporter::leave_out(const Outcome& outcome) {
  show_json(outcome_json(outcome));
}

void Reporter::show_result(std::string_view line) {
  display_.clear();
  log_.record(MessageLevel::info, line);
  if (!options_.json && !options_.quiet) console_.err << line << '\n' << std::flush;
}

void Reporter::show_answer(std::string_view line) {
  display_.clear();
  log_.record(MessageLevel::info, line);
  if (!options_.json && !options_.quiet) console_.out << line << '\n' << std::flush;
}

void Reporter::show_error(std::string_view text) {
  display_.clear();
  console_.err << "ftpull: " << text << '\n' << std::flush;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    log_.record(MessageLevel::warning, line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
}

void Reporter::show_json(std::string_view object) {
  display_.clear();
  if (options_.json) console_.out << object << '\n' << std::flush;
}

}  // namespace ftpull::cli
