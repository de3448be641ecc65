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

Outcome fetch_one(FileFetcher& fetcher, const Download& download, Reporter& reporter) {
  reporter.begin_file();
  Result<FetchResult> fetched = fetcher.fetch(download.source.url, download.target);
  if (fetched) return {download.source, std::move(*fetched), std::nullopt};
  FetchResult so_far = reporter.so_far();
  so_far.path = download.target;
  return {download.source, std::move(so_far), fetched.error()};
}

Outcome not_begun(const Download& download) {
  FetchResult nothing;
  nothing.path = download.target;
  return {download.source, std::move(nothing),
          Error{ErrorKind::interrupted, "interrupted before it was begun", {}, {}}};
}

int fetch_all(FileFetcher& fetcher, const std::vector<Download>& downloads, Reporter& reporter) {
  const InterruptGuard guard(fetcher);
  Tally tally;
  bool interrupted = false;
  for (const Download& download : downloads) {
    if (interrupted) {
      reporter.leave_out(not_begun(download));
      continue;
    }
    const Outcome outcome = fetch_one(fetcher, download, reporter);
    reporter.end_file(outcome);
    if (!outcome.error) {
      tally.add_success();
      continue;
    }
    interrupted = outcome.error->kind == ErrorKind::interrupted;
    tally.add_failure(outcome.error->kind);
  }
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
