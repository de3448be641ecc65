#include "cli/verify_command.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "cli/json_output.h"
#include "cli/log.h"
#include "cli/login.h"
#include "cli/manifest_command.h"
#include "cli/part_name.h"
#include "cli/reporter.h"
#include "cli/signals.h"
#include "cli/tally.h"
#include "cli/url_list.h"
#include "cli/verdict.h"

namespace ftpull::cli {
namespace {

/// What a repair needs, complete before anything is read: nobody wants to be asked for a password
/// an hour later.
struct RepairPlan {
  Source source;
  FetchOptions fetch;
};

Result<std::optional<RepairPlan>> plan_repair(const Options& options, const Engine& engine,
                                              Console& console) {
  if (!options.repair) return std::nullopt;
  auto source = parse_file_url(*options.repair, engine);
  if (!source) return tl::make_unexpected(source.error());
  Download download{std::move(*source), options.words.front()};
  FetchOptions fetch = options.fetch;
  fetch.digest = options.json;
  const Status status = add_password(options, fetch, {&download, 1}, console);
  if (!status) return tl::make_unexpected(status.error());
  return RepairPlan{std::move(download.source), std::move(fetch)};
}

/// After a repair that failed half-way the file is an unfinished download, and the same command
/// again would find nothing bad in it.
void say_how_to_go_on(Error& error, const VerifyResult& found) {
  std::error_code ignored;
  const bool has_its_name = std::filesystem::exists(found.target, ignored);
  // Of a part that is of another file there is nothing left to go on with; and what was typed wrong
  // has its own hint.
  const bool has_own_hint = error.kind == ErrorKind::changed || error.kind == ErrorKind::usage;
  if (has_its_name || has_own_hint) return;
  error.hint =
      fmt::format("It is an unfinished download now; to see how to go on type: ftpull status {}",
                  shell_word(found.target.native()));
}

Outcome repair(const RepairPlan& plan, const VerifyResult& found, const Engine& engine,
               Reporter& reporter) {
  const auto fetcher = engine.make_fetcher(plan.fetch, reporter);
  const InterruptGuard guard(*fetcher);
  reporter.begin();
  Result<FetchResult> repaired = fetcher->repair(plan.source.url, found);
  if (repaired) {
    Outcome outcome{plan.source, std::move(*repaired), std::nullopt};
    reporter.show_result(repair_summary(outcome));
    return outcome;
  }
  FetchResult so_far = reporter.so_far();
  so_far.path = found.target;
  so_far.size_bytes = found.size_bytes;
  so_far.resumed_bytes = found.checked_bytes - std::min(found.checked_bytes, bad_bytes(found));
  Outcome outcome{plan.source, std::move(so_far), repaired.error()};
  say_how_to_go_on(*outcome.error, found);
  reporter.show_error(failure(outcome));
  return outcome;
}

Verification verify_one(const std::string& path, const std::optional<RepairPlan>& plan,
                        const Engine& engine, Reporter& reporter) {
  reporter.begin(Activity::reading);
  Verification result{path, engine.verify(path, reporter), std::nullopt};
  if (!result.found) {
    reporter.show_error(describe(result.found.error()));
  } else if (result.found->bad.empty()) {
    reporter.show_result(good_verdict(*result.found) + (plan ? "; nothing to repair" : ""));
  } else if (!plan) {
    reporter.show_error(
        fmt::format("{}\n{}", bad_verdict(*result.found), repair_hint(*result.found, path)));
  } else {
    reporter.show_error(bad_verdict(*result.found));
    result.repair = repair(*plan, *result.found, engine, reporter);
  }
  reporter.show_json(verification_json(result));
  return result;
}

}  // namespace

int run_verify(const Options& options, const Engine& engine, Console& console) {
  if (!options.mirror.options.manifest.empty()) {
    return run_verify_manifest(options, engine, console);
  }
  const auto plan = plan_repair(options, engine, console);
  if (!plan) return give_up(console, plan.error());
  Result<Log> log = Log::open(options, console);
  if (!log) return give_up(console, log.error());

  Reporter reporter(options, console, std::move(*log));
  Tally tally;
  for (const std::string& path : options.words) {
    const auto failed = failure_kind(verify_one(path, *plan, engine, reporter));
    if (failed) {
      tally.add_failure(*failed);
    } else {
      tally.add_success();
    }
  }
  if (const auto line = tally.closing_line()) reporter.show_error(*line);
  const Status flushed = flush_output(console);
  return flushed ? tally.exit_code() : give_up(console, flushed.error());
}

}  // namespace ftpull::cli
