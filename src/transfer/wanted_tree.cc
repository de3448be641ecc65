#include "transfer/wanted_tree.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace ftpull::transfer {
namespace {

/// A clock on the wall of a server may be so many seconds behind UTC, or ahead of it.
constexpr int64_t kZoneGrace = 14 * 60 * 60;

/// How much later than the seconds that are told the change may have been.
int64_t grace_seconds(const EntryTime& time) {
  int64_t finer = 0;
  switch (time.precision) {
    case TimePrecision::day:
      finer = 24 * 60 * 60 - 1;
      break;
    case TimePrecision::minute:
      finer = 59;
      break;
    case TimePrecision::second:
    case TimePrecision::fraction:
      break;
  }
  return finer + (time.is_utc ? 0 : kZoneGrace);
}

bool may_be_after(const EntryTime& time, int64_t unix_seconds) {
  const int64_t grace = grace_seconds(time);
  // Without an overflow, whatever the server says.
  if (time.unix_seconds > std::numeric_limits<int64_t>::max() - grace) return true;
  const int64_t latest = time.unix_seconds + grace;
  return latest > unix_seconds || (latest == unix_seconds && time.nanoseconds > 0);
}

size_t parts_of(std::string_view path) {
  return static_cast<size_t>(std::ranges::count(path, '/')) + 1;
}

}  // namespace

Result<WantedTree> WantedTree::make(const MirrorOptions& options) {
  if (options.depth && *options.depth < 1) {
    return fail(ErrorKind::usage,
                fmt::format("a depth of {} is not even the folder itself", *options.depth), {},
                "Write 1 for the folder alone, 2 for it and the folders in it, and so on");
  }
  if (options.min_size_bytes && options.max_size_bytes &&
      *options.min_size_bytes > *options.max_size_bytes) {
    return fail(ErrorKind::usage,
                fmt::format("no file has at least {} and at most {} bytes", *options.min_size_bytes,
                            *options.max_size_bytes),
                {}, "Write a smallest size that is below the largest");
  }
  WantedTree made;
  for (const MirrorRule& rule : options.rules) {
    auto pattern = PathPattern::parse(rule.pattern);
    if (!pattern) return tl::make_unexpected(std::move(pattern.error()));
    made.rules_.push_back({std::move(*pattern), rule.include});
    made.has_includes_ = made.has_includes_ || rule.include;
  }
  made.newer_than_unix_seconds_ = options.newer_than_unix_seconds;
  made.min_size_bytes_ = options.min_size_bytes;
  made.max_size_bytes_ = options.max_size_bytes;
  made.depth_ = options.depth;
  return made;
}

bool WantedTree::by_rules(std::string_view path, bool is_folder) const {
  const auto rule = std::ranges::find_if(
      rules_, [&](const Rule& each) { return each.pattern.matches(path, is_folder); });
  if (rule != rules_.end()) return rule->include;
  return is_folder || !has_includes_;
}

bool WantedTree::within_bounds(const Entry& entry) const {
  if (entry.size_bytes) {
    if (min_size_bytes_ && *entry.size_bytes < *min_size_bytes_) return false;
    if (max_size_bytes_ && *entry.size_bytes > *max_size_bytes_) return false;
  }
  if (!newer_than_unix_seconds_ || !entry.time) return true;
  return may_be_after(*entry.time, *newer_than_unix_seconds_);
}

bool WantedTree::wants_folder(std::string_view path) const {
  return by_rules(path, true);
}

bool WantedTree::wants_file(std::string_view path, const Entry& entry) const {
  return within_bounds(entry) && by_rules(path, false);
}

bool WantedTree::keeps_local(std::string_view path, bool is_folder) const {
  if (path.empty()) return true;
  if (depth_ && parts_of(path) > static_cast<size_t>(*depth_)) return true;
  for (size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/', slash + 1)) {
    if (!by_rules(path.substr(0, slash), true)) return true;
  }
  return !by_rules(path, is_folder);
}

bool WantedTree::wants_below(int depth) const {
  return !depth_ || depth < *depth_;
}

}  // namespace ftpull::transfer
