#include "cli/manifest_command.h"

#include <string>
#include <utility>

#include "cli/json_output.h"
#include "cli/log.h"
#include "cli/mirror_text.h"
#include "cli/reporter.h"

namespace ftpull::cli {
namespace {

int show(const Result<ManifestVerdict>& verdict, Reporter& reporter) {
  if (!verdict) {
    reporter.show_error(describe(verdict.error()));
    return exit_code(verdict.error().kind);
  }
  if (verdict->faults == 0) {
    reporter.show_result(verdict_line(*verdict));
    return 0;
  }
  reporter.show_error(verdict_line(*verdict));
  return exit_code(ErrorKind::corrupt);
}

}  // namespace

int run_verify_manifest(const Options& options, const Engine& engine, Console& console) {
  Result<Log> log = Log::open(options, console);
  if (!log) return give_up(console, log.error());
  Reporter reporter(options, console, std::move(*log));
  const std::filesystem::path& manifest = options.mirror.options.manifest;
  const std::string& folder = options.words.front();
  const auto verdict = engine.verify_manifest(manifest, folder, [&](const ManifestFault& fault) {
    reporter.show_json(manifest_fault_json(fault));
    reporter.show_error(fault_line(fault));
  });
  const int code = show(verdict, reporter);
  reporter.show_json(manifest_verdict_json(manifest, folder, verdict));
  const Status flushed = flush_output(console);
  return flushed ? code : give_up(console, flushed.error());
}

}  // namespace ftpull::cli
