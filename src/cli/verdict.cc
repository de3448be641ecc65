#include "cli/verdict.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "cli/part_name.h"
#include "core/text.h"
#include "core/units.h"

namespace ftpull::cli {
namespace {

constexpr size_t kMostRanges = 20;  // more would push what to do next off the screen

std::string shown_path(const VerifyResult& found) {
  return for_display(found.path.native());
}

}  // namespace

std::optional<ErrorKind> failure_kind(const Verification& verification) {
  const auto& [path, found, repair] = verification;
  if (!found) return found.error().kind;
  if (found->bad.empty()) return std::nullopt;
  if (!repair) return ErrorKind::corrupt;
  return repair->error ? std::optional(repair->error->kind) : std::nullopt;
}

uint64_t bad_bytes(const VerifyResult& found) {
  uint64_t bytes = 0;
  for (const ByteRange& range : found.bad) bytes += range.end - range.begin;
  return bytes;
}

std::string good_verdict(const VerifyResult& found) {
  const std::string checked = format_size(found.checked_bytes);
  const bool finished = found.path == found.target;
  const std::string amount = finished ? fmt::format("{} read", checked)
                                      : fmt::format("unfinished, {} of {} checked", checked,
                                                    format_size(found.size_bytes));
  return fmt::format("{}: {}, every byte is as it came", shown_path(found), amount);
}

std::string bad_verdict(const VerifyResult& found) {
  const size_t count = found.bad.size();
  std::string text = fmt::format("{}: {}, {} of the {} read", shown_path(found),
                                 count == 1 ? "1 range is not as it came"
                                            : fmt::format("{} ranges are not as they came", count),
                                 format_size(bad_bytes(found)), format_size(found.checked_bytes));
  const size_t shown = std::min(count, kMostRanges);
  for (const ByteRange& range : std::span(found.bad).first(shown)) {
    text += fmt::format("\n  bytes {} to {} ({})", range.begin, range.end,
                        format_size(range.end - range.begin));
  }
  if (shown < count) text += fmt::format("\n  and {} more", count - shown);
  return text;
}

std::string repair_hint(const VerifyResult& found, std::string_view path) {
  return fmt::format("To fetch only {} again type: ftpull verify --repair {} {}",
                     found.bad.size() == 1 ? "this" : "these",
                     found.url.empty() ? "URL" : shell_word(found.url), shell_word(path));
}

}  // namespace ftpull::cli
