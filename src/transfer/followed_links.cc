#include "transfer/followed_links.h"

#include "transfer/mirror_plan.h"

namespace ftpull::transfer {

std::string FollowedLinks::real_path(std::string_view path) const {
  for (size_t end = path.size(); end > 0; end = path.rfind('/', end - 1)) {
    if (end == path.npos) break;
    const auto link = targets_.find(path.substr(0, end));
    if (link == targets_.end()) continue;
    const std::string_view rest = path.substr(end);
    if (rest.empty()) return link->second;
    return join_path(link->second, rest.substr(1));
  }
  return std::string(path);
}

/// The folder, or one above it.
bool FollowedLinks::comes_from(std::string_view folder, const std::string& real) const {
  while (true) {
    if (real_path(folder) == real) return true;
    if (folder.empty()) return false;
    const size_t slash = folder.rfind('/');
    folder = folder.substr(0, slash == folder.npos ? 0 : slash);
  }
}

std::optional<std::string> FollowedLinks::follow(std::string_view folder, std::string_view name,
                                                 std::string_view target) {
  const auto written = target_in_tree(real_path(folder), target);
  if (!written) return std::nullopt;
  std::string real = real_path(*written);
  if (comes_from(folder, real)) return std::nullopt;
  targets_.emplace(join_path(folder, name), real);
  return real;
}

}  // namespace ftpull::transfer
