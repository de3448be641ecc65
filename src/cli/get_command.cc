#include "cli/get_command.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/log.h"
#include "cli/password.h"
#include "cli/reporter.h"
#include "cli/signals.h"
#include "cli/tally.h"
#include "cli/url_list.h"
#include "core/text.h"

namespace ftpull::cli {
namespace {

int give_up(Console& console, const Error& error) {
  print_error(console, error);
  return exit_code(error.kind);
}

bool needs_password(const Source& source) {
  // These two log in with whatever there is, an e-mail address by custom.
  const std::optional<std::string>& user = source.url.user;
  return user && !source.url.password && *user != "anonymous" && *user != "ftp";
}

/// Gives the one password that can be given apart from a URL to the user that it belongs to:
/// --user, or else the first that a URL names without a password. Nobody else gets it: a URL that
/// names another user without a password is refused, and so is one for whom there is none at all.
Status add_password(const Options& options, FetchOptions& fetch, std::vector<Download>& downloads,
                    Console& console) {
  const auto lacks_it = [](const Download& d) { return needs_password(d.source); };
  const auto first = std::find_if(downloads.begin(), downloads.end(), lacks_it);
  const bool by_option = !fetch.user.empty();
  const bool for_option =
      by_option && std::any_of(downloads.begin(), downloads.end(),
                               [](const Download& d) { return !d.source.url.user; });
  if (!for_option && first == downloads.end()) {
    if (!options.password_file) return {};
    return fail(ErrorKind::usage, "--password-file has a password but nobody needs one", {},
                "Name the user with --user NAME or as ftp://NAME@host/path");
  }
  const std::string user = by_option ? fetch.user : *first->source.url.user;
  for (const Download& download : downloads) {
    const Source& source = download.source;
    if (!needs_password(source) || source.url.user == user) continue;
    return fail(ErrorKind::usage, fmt::format("{}: there is no password for it", source.shown), {},
                fmt::format("The one that is asked for is that of {}: fetch this URL by itself",
                            for_display(user)));
  }
  const auto password = find_password(options, user, console);
  if (!password) return tl::make_unexpected(password.error());
  if (!*password) {
    return fail(ErrorKind::usage,
                fmt::format("there is no password for {} {}", by_option ? "--user" : "the user",
                            for_display(user)),
                {}, "Use --password-file FILE, or set FTPULL_PASSWORD");
  }
  if (for_option) fetch.password = **password;
  for (Download& download : downloads) {
    if (needs_password(download.source)) download.source.url.password = **password;
  }
  return {};
}

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
  if (const auto line = tally.closing_line()) reporter.close(*line);
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
