#include "cli/outcome.h"

#include <string_view>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

std::string shown_name(const Outcome& outcome) {
  return for_display(outcome.result.path.filename().native());
}

/// "3.2 s (80.0 MiB/s, 8 connections)".
std::string pace(const FetchResult& result) {
  // A rate over no time at all is noise.
  constexpr double kShortestSeconds = 0.001;
  std::string rate;
  if (result.seconds >= kShortestSeconds) {
    rate = format_rate(static_cast<double>(result.fetched_bytes) / result.seconds) + ", ";
  }
  return fmt::format("{} ({}{} connection{})", format_duration(result.seconds), rate,
                     result.connections, result.connections == 1 ? "" : "s");
}

std::string fetched_summary(const Outcome& outcome) {
  const FetchResult& result = outcome.result;
  const uint64_t size = result.size_bytes.value_or(result.fetched_bytes + result.resumed_bytes);
  const std::string text =
      fmt::format("{}: {} in {}", shown_name(outcome), format_size(size), pace(result));
  if (result.resumed_bytes == 0) return text;
  return fmt::format("{}, {} of it resumed", text, format_size(result.resumed_bytes));
}

std::string dry_run_summary(const Outcome& outcome) {
  const FetchResult& result = outcome.result;
  std::string text = fmt::format("would fetch {} into {}", outcome.source.shown,
                                 for_display(result.path.native()));
  const std::string size = result.size_bytes ? format_size(*result.size_bytes) : "unknown size";
  if (result.resumed_bytes == 0) return fmt::format("{}, {}", text, size);
  return fmt::format("{}, {} of {} are on disk already", text, format_size(result.resumed_bytes),
                     size);
}

/// What to do next. Where a server never sent a byte there is nothing to go on with, whatever the
/// engine hopes for: the address is what can be wrong.
std::string hint(const Outcome& outcome) {
  const Error& error = *outcome.error;
  const bool nothing_came = outcome.result.fetched_bytes + outcome.result.resumed_bytes == 0;
  const bool address = error.kind == ErrorKind::network && nothing_came;
  return error.hint.empty() || address ? std::string(usual_hint(error.kind)) : error.hint;
}

bool begins_with(std::string_view text, std::string_view name) {
  if (!text.starts_with(name)) return false;
  const std::string_view rest = text.substr(name.size());
  return rest.empty() || rest.front() == ':' || rest.front() == ' ';
}

}  // namespace

std::string_view usual_hint(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "See ftpull --help";
    case ErrorKind::some_failed:
      return "";
    case ErrorKind::network:
      return "Check the host and the port, or raise --timeout or --retries";
    case ErrorKind::protocol:
      return "Check the host and the port: is that an FTP server?";
    case ErrorKind::busy:
      return "Try again later, or with fewer connections (-n 1)";
    case ErrorKind::login:
      return "Check the user's name and password";
    case ErrorKind::not_found:
      return "Check the spelling of its path, or ask the server's owner";
    case ErrorKind::disk:
      return "Check the disk, or choose another place with -o or -d";
    case ErrorKind::no_restart:
      return "Type it again with -n 1";
    case ErrorKind::changed:
    case ErrorKind::corrupt:
      return "Try again later, or ask the server's owner";
    case ErrorKind::tls:
      return "Check the host and the port, or ask the server's owner";
    case ErrorKind::interrupted:
      return "Type the same again to go on";
  }
  return "";
}

std::string summary(const Outcome& outcome) {
  switch (outcome.result.status) {
    case FetchStatus::fetched:
      return fetched_summary(outcome);
    case FetchStatus::already_there:
      return shown_name(outcome) + ": already there";
    case FetchStatus::dry_run:
      return dry_run_summary(outcome);
  }
  return {};
}

std::string repair_summary(const Outcome& outcome) {
  return fmt::format("{}: repaired, {} fetched again in {}", shown_name(outcome),
                     format_size(outcome.result.fetched_bytes), pace(outcome.result));
}

std::string failure(const Outcome& outcome) {
  Error error = *outcome.error;
  error.hint = hint(outcome);
  const std::string text = describe(error);
  const std::string name = shown_name(outcome);
  const bool is_named =
      begins_with(text, name) || begins_with(text, for_display(outcome.result.path.native()));
  return is_named ? text : fmt::format("{}: {}", name, text);
}

}  // namespace ftpull::cli
