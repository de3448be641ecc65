#include "cli/outcome.h"

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

std::string shown_name(const Outcome& outcome) {
  return for_display(outcome.result.path.filename().native());
}

std::string fetched_summary(const Outcome& outcome) {
  const FetchResult& result = outcome.result;
  const uint64_t size = result.size_bytes.value_or(result.fetched_bytes + result.resumed_bytes);
  std::string text = fmt::format("{}: {} in {}", shown_name(outcome), format_size(size),
                                 format_duration(result.seconds));
  // A rate over no time at all is noise.
  constexpr double kShortestSeconds = 0.001;
  const std::string connections =
      fmt::format("{} connection{}", result.connections, result.connections == 1 ? "" : "s");
  if (result.seconds >= kShortestSeconds) {
    const double rate = static_cast<double>(result.fetched_bytes) / result.seconds;
    text += fmt::format(" ({}, {})", format_rate(rate), connections);
  } else {
    text += fmt::format(" ({})", connections);
  }
  if (result.resumed_bytes != 0) {
    text += fmt::format(", {} of it resumed", format_size(result.resumed_bytes));
  }
  return text;
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

}  // namespace

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

std::string failure(const Outcome& outcome) {
  return fmt::format("{}: {}", shown_name(outcome), describe(*outcome.error));
}

}  // namespace ftpull::cli
