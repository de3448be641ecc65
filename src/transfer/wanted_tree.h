// What of a tree on a server a mirror wants, and what of the local tree it may remove: the rules
// and bounds of MirrorOptions, which mirror.h describes.
//
// Paths are as there. The tree is walked from its top, and what is in a folder that is not wanted
// is not asked for: wants_folder() and wants_file() judge a path by itself. keeps_local() looks at
// the folders that it lies in as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ftpull/entry.h"
#include "ftpull/error.h"
#include "ftpull/mirror.h"

#include "core/path_pattern.h"

namespace ftpull::transfer {

class WantedTree {
 public:
  /// Fails with usage when a pattern is none (see PathPattern), when no size can be within the
  /// bounds, or when the depth is less than 1.
  static Result<WantedTree> make(const MirrorOptions& options);

  /// By the rules: is it to be entered? One that no rule names is, as there may be files in it that
  /// are included. The tree itself is always wanted.
  bool wants_folder(std::string_view path) const;

  /// By rules and bounds; of anything that is no folder. What the server does not tell keeps
  /// nothing out: neither an unknown size or time, nor the part of a time that is too coarse to
  /// decide, nor the zone of one that is not UTC.
  bool wants_file(std::string_view path, const Entry& entry) const;

  /// Must a local thing stay that the server does not have? When the rules leave out the path, or a
  /// folder that it lies in, and when it lies deeper than is listed. Bounds do not count: what is
  /// here was once fetched within them, or belongs to what the server had.
  bool keeps_local(std::string_view path, bool is_folder) const;

  /// Are the folders in a folder of this depth to be entered? The tree's own depth is 1.
  bool wants_below(int depth) const;

 private:
  struct Rule {
    PathPattern pattern;
    bool include = false;
  };

  bool by_rules(std::string_view path, bool is_folder) const;
  bool within_bounds(const Entry& entry) const;

  std::vector<Rule> rules_;
  bool has_includes_ = false;
  std::optional<int64_t> newer_than_unix_seconds_;
  std::optional<uint64_t> min_size_bytes_;
  std::optional<uint64_t> max_size_bytes_;
  std::optional<int> depth_;
};

}  // namespace ftpull::transfer
