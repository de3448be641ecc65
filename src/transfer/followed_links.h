// Links of a server that are followed, and where they lead: tells a link that leads into itself, by
// whatever way. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ftpull::transfer {

class FollowedLinks {
 public:
  /// A link `path` in the tree that leads to `target`, as the server writes it. Empty when it must
  /// not be followed: out of the tree, or to a folder that one comes from on the way to it.
  /// Otherwise the place in the tree that it leads to, which is remembered.
  std::optional<std::string> follow(std::string_view folder, std::string_view name,
                                    std::string_view target);

 private:
  /// Without links, as far as they were followed.
  std::string real_path(std::string_view path) const;
  bool comes_from(std::string_view folder, const std::string& real) const;

  std::map<std::string, std::string, std::less<>> targets_;  // real paths, by the links' own
};

}  // namespace ftpull::transfer
