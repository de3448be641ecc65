#include "cli/mirror_command.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/log.h"
#include "cli/login.h"
#include "cli/mirror_report.h"
#include "cli/reporter.h"
#include "cli/signals.h"
#include "cli/url_list.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

constexpr size_t kLongestFolder = 255;                       // Linux's limit
constexpr Duration kPause = std::chrono::milliseconds(200);  // so soon a signal is heeded

struct MirrorPlan {
  Download tree;  // its target is the local folder
  std::vector<MirrorRule> rules;
  FetchOptions fetch;
};

/// The last component of the path, or the host.
Result<std::filesystem::path> usual_folder(const Source& source) {
  std::string_view path = source.url.path;
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::string_view last = path.substr(path.rfind('/') + 1);
  const std::string_view name = last.empty() ? std::string_view(source.url.host) : last;
  if (can_be_local_name(name, kLongestFolder)) return std::filesystem::path(name);
  return fail(ErrorKind::usage,
              fmt::format("{}: the last part of its path cannot be the name of a local folder",
                          source.shown),
              {}, "Name the folder: ftpull mirror URL DIR");
}

Result<Download> plan_tree(const Options& options, const Engine& engine) {
  if (options.words.size() > 2) {
    return fail(ErrorKind::usage,
                fmt::format("mirror takes one URL and one folder, but {} words are given",
                            options.words.size()),
                {}, "Type ftpull mirror URL DIR, once for each URL");
  }
  auto source = parse_folder_url(options.words.front(), engine);
  if (!source) return tl::make_unexpected(source.error());
  source->url.type = '\0';
  if (options.words.size() == 1) {
    auto folder = usual_folder(*source);
    if (!folder) return tl::make_unexpected(folder.error());
    return Download{std::move(*source), std::move(*folder)};
  }
  if (options.words.back().empty()) {
    return fail(ErrorKind::usage, "the folder's name is empty", {},
                "Name the folder: ftpull mirror URL DIR");
  }
  return Download{std::move(*source), options.words.back()};
}

/// All that can be wrong before anybody is connected to.
Result<MirrorPlan> plan_mirror(const Options& options, const Engine& engine, Console& console) {
  auto tree = plan_tree(options, engine);
  if (!tree) return tl::make_unexpected(tree.error());
  auto rules = read_rules(options.mirror.filters);
  if (!rules) return tl::make_unexpected(rules.error());
  MirrorPlan plan{std::move(*tree), std::move(*rules), options.fetch};
  Status status = add_password(options, plan.fetch, {&plan.tree, 1}, console);
  if (status && !options.fetch.dry_run) {
    status = prepare_folder(plan.tree.target, "Name another one: ftpull mirror URL DIR");
  }
  if (!status) return tl::make_unexpected(status.error());
  return plan;
}

/// False when a signal came meanwhile.
bool wait(Duration time, Console& console) {
  for (Duration left = time; left > Duration(0); left -= kPause) {
    if (InterruptGuard::was_interrupted()) return false;
    console.pause(std::min(left, kPause));
  }
  return !InterruptGuard::was_interrupted();
}

int mirror_once(const Options& options, const MirrorPlan& plan, FileFetcher& fetcher,
                Reporter& reporter, Console& console) {
  MirrorReport report(options, console, reporter, fetcher);
  reporter.begin(Activity::mirroring);
  const MirrorOptions wanted = options_of_run(options.mirror, plan.rules, std::time(nullptr));
  auto mirrored = fetcher.mirror(plan.tree.source.url, plan.tree.target, wanted, report);
  MirrorRun run{plan.tree.source.shown, plan.tree.target, options.fetch.dry_run, {}, {}};
  if (mirrored) {
    run.result = std::move(*mirrored);
  } else {
    run.result.totals = report.totals_so_far();
    run.error = mirrored.error();
  }
  return report.end(run);
}

/// The next time it would be the same.
bool ends_loop(int code) {
  return code == exit_code(ErrorKind::interrupted) || code == exit_code(ErrorKind::usage) ||
         code == exit_code(ErrorKind::login);
}

/// Each run has sessions of its own: none is held while nothing is fetched.
int mirror(const Options& options, const MirrorPlan& plan, const Engine& engine, Reporter& reporter,
           Console& console) {
  for (bool again = false;; again = true) {
    int code = 0;
    {
      const auto fetcher = engine.make_fetcher(plan.fetch, reporter);
      const InterruptGuard guard(*fetcher);
      if (again && !wait(*options.mirror.loop, console)) return exit_code(ErrorKind::interrupted);
      code = mirror_once(options, plan, *fetcher, reporter, console);
    }
    if (!options.mirror.loop || ends_loop(code) || !console.out) return code;
    // A signal may have come when the run was over, too late for it to notice.
    if (InterruptGuard::was_interrupted()) return exit_code(ErrorKind::interrupted);
    reporter.show_result(
        fmt::format("again in {}", format_duration(to_seconds(*options.mirror.loop))));
  }
}

}  // namespace

int run_mirror(const Options& options, const Engine& engine, Console& console) {
  const auto plan = plan_mirror(options, engine, console);
  if (!plan) return give_up(console, plan.error());
  Result<Log> log = Log::open(options, console);
  if (!log) return give_up(console, log.error());
  Reporter reporter(options, console, std::move(*log));
  const int code = mirror(options, *plan, engine, reporter, console);
  const Status status = flush_output(console);
  return status ? code : give_up(console, status.error());
}

}  // namespace ftpull::cli
