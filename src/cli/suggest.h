// "Did you mean ...?" for a mistyped word.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ftpull::cli {

/// How many letters must be added, dropped, replaced or swapped with their neighbour to make `a`
/// of `b`; never more than `limit` + 1, where counting stops to matter.
size_t edit_distance(std::string_view a, std::string_view b, size_t limit);

/// The candidate that is fewest edits from `word`, the first of equals; none when even that is too
/// far to be a slip of the fingers: more than one edit in three letters (but one is always
/// allowed).
std::optional<std::string> nearest(std::string_view word,
                                   std::span<const std::string_view> candidates);

}  // namespace ftpull::cli
