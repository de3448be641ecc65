#include "cli/get_command.h"

#include <utility>
#include <vector>

#include "cli/log.h"
#include "cli/login.h"
#include "cli/reporter.h"
#include "cli/signals.h"
#include "cli/tally.h"
#include "cli/url_list.h"

namespace ftpull::cli {
namespace {

Outcome outcome_of(const Download& download, Result<FetchResult> fetched, FetchResult so_far) {
  if (fetched) return {download.source, std::move(*fetched), std::nullopt};
  so_far.path = download.target;
  return {download.source, std::move(so_far), fetched.error()};
}

int fetch_all(FileFetcher& fetcher, const std::vector<Download>& downloads, Reporter& reporter) {
  const InterruptGuard guard(fetcher);
  std::vector<FetchRequest> requests;
  for (const Download& download : downloads) {
    requests.push_back({download.source.url, download.target});
  }
  Tally tally;
  bool interrupted = false;
  reporter.begin();
  fetcher.fetch_all(requests, [&](size_t file, Result<FetchResult> fetched) {
    const bool begun = reporter.has_begun(file);
    const Outcome outcome = outcome_of(downloads[file], std::move(fetched), reporter.so_far(file));
    if (!outcome.error) {
      reporter.end_file(file, outcome);
      tally.add_success();
      return;
    }
    const bool is_interrupt = outcome.error->kind == ErrorKind::interrupted;
    // One that was connecting says that it was stopped; of the others nobody need hear.
    if (is_interrupt && interrupted && !begun) {
      reporter.leave_out(outcome);
      return;
    }
    interrupted = interrupted || is_interrupt;
    reporter.end_file(file, outcome);
    tally.add_failure(outcome.error->kind);
  });
  if (interrupted) return exit_code(ErrorKind::interrupted);
  if (const auto line = tally.closing_line()) reporter.show_error(*line);
  return tally.exit_code();
}

}  // namespace

int run_get(const Options& options, const Engine& engine, Console& console) {
  auto downloads = plan_downloads(options, engine, console.in);
  if (!downloads) return give_up(console, downloads.error());

  FetchOptions fetch = options.fetch;
  fetch.digest = options.json;
  Status status = add_password(options, fetch, *downloads, console);
  if (!status) return give_up(console, status.error());
  if (options.directory && !fetch.dry_run) {
    status = prepare_folder(*options.directory);
    if (!status) return give_up(console, status.error());
  }
  Result<Log> log = Log::open(options, console);
  if (!log) return give_up(console, log.error());

  Reporter reporter(options, console, std::move(*log));
  const auto fetcher = engine.make_fetcher(std::move(fetch), reporter);
  const int code = fetch_all(*fetcher, *downloads, reporter);
  status = flush_output(console);
  return status ? code : give_up(console, status.error());
}

}  // namespace ftpull::cli
