#include "cli/get_command.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/log.h"
#include "cli/password.h"
#include "cli/reporter.h"
#include "cli/signals.h"
#include "cli/tally.h"
#include "cli/url_list.h"

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

/// Gives the one password that can be given apart from a URL to those that it belongs to: --user,
/// or else the first user that a URL names without a password. Another user does not get it.
Status add_password(const Options& options, FetchOptions& fetch, std::vector<Download>& downloads,
                    Console& console) {
  const auto names_nobody = [](const Download& d) { return !d.source.url.user; };
  const bool for_option =
      !fetch.user.empty() && std::any_of(downloads.begin(), downloads.end(), names_nobody);
  const auto first = std::find_if(downloads.begin(), downloads.end(),
                                  [](const Download& d) { return needs_password(d.source); });
  if (!for_option && first == downloads.end()) {
    if (!options.password_file) return {};
    return fail(ErrorKind::usage, "--password-file has a password but nobody needs one", {},
                "Name the user with --user NAME or as ftp://NAME@host/path");
  }
  const std::string user = for_option ? fetch.user : *first->source.url.user;
  const auto password = find_password(options, user, console);
  if (!password) return tl::make_unexpected(password.error());
  if (!*password) {
    if (!for_option) return {};
    return fail(ErrorKind::usage, "there is no password for --user " + fetch.user, {},
                "Use --password-file FILE, or set FTPULL_PASSWORD");
  }
  if (for_option) fetch.password = **password;
  for (Download& download : downloads) {
    Url& url = download.source.url;
    if (needs_password(download.source) && url.user == user) url.password = **password;
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

int fetch_all(FileFetcher& fetcher, const std::vector<Download>& downloads, Reporter& reporter) {
  const InterruptGuard guard(fetcher);
  Tally tally;
  for (const Download& download : downloads) {
    const Outcome outcome = fetch_one(fetcher, download, reporter);
    reporter.end_file(outcome);
    if (!outcome.error) {
      tally.add_success();
      continue;
    }
    if (outcome.error->kind == ErrorKind::interrupted) return exit_code(ErrorKind::interrupted);
    tally.add_failure(outcome.error->kind);
  }
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
