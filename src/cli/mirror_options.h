// What was typed for ftpull mirror alone, as the setters of its options leave it; and what becomes
// of that when the command begins: files with rules are read then, ages are counted from then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ftpull/error.h"
#include "ftpull/mirror.h"

#include "cli/moment.h"
#include "core/time.h"

namespace ftpull::cli {

/// One --include, --exclude or --filter-from.
struct Filter {
  enum class Kind { include, exclude, file };
  Kind kind = Kind::include;
  std::string text;  // a pattern, or the file's name
};

struct MirrorArguments {
  MirrorOptions options;        // but for its rules and its moment
  std::vector<Filter> filters;  // in the order in which they were typed
  std::optional<Moment> newer_than;
  std::optional<Duration> loop;
  bool max_remove_given = false;
};

/// The rules of all filters. A line of a file is "+ PATTERN" or "- PATTERN"; blank lines and those
/// that begin with '#' are skipped. Fails with usage, and names file and line.
Result<std::vector<MirrorRule>> read_rules(const std::vector<Filter>& filters);

/// `unix_now` is when the run begins.
MirrorOptions options_of_run(const MirrorArguments& arguments, std::vector<MirrorRule> rules,
                             int64_t unix_now);

}  // namespace ftpull::cli
