#include "transfer/mirror_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/part_names.h"
#include "transfer/permissions.h"

namespace ftpull::transfer {
namespace {

using Kind = store::LocalItem::Kind;

/// Of Linux and most file systems (NAME_MAX).
constexpr size_t kLongestName = 255;

bool has_control_character(std::string_view name) {
  return std::any_of(name.begin(), name.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

/// One folder's plan in the making.
class Planner {
 public:
  Planner(const std::string& path, int depth, const std::vector<store::LocalItem>& local,
          const std::vector<std::string>& own, const PlanRules& rules)
      : path_(path), depth_(depth), own_(own), rules_(rules) {
    for (const store::LocalItem& item : local) local_.emplace(item.name, &item);
  }

  FolderPlan plan(const std::vector<Entry>& remote) {
    for (const Entry& entry : remote) {
      if (auto why = fault_of(entry)) {
        refuse(entry, *why);
      } else if (names_.insert(entry.name).second) {
        add(entry);
      }
    }
    if (rules_.removes) find_extras();
    return std::move(plan_);
  }

 private:
  std::optional<std::string> fault_of(const Entry& entry) {
    const std::string& name = entry.name;
    if (has_control_character(name)) return "its name has control characters";
    if (name.size() > kLongestName) return "its name is longer than local file systems take";
    if (is_own(name)) return "its name is that of a file of ftpull's own";
    if (!rules_.folds_names) return std::nullopt;
    const auto first = folded_.emplace(to_lower(name), name).first;
    if (first->second == name) return std::nullopt;
    return fmt::format("its name is the same as \"{}\" in the local file system",
                       for_display(first->second));
  }

  bool is_own(const std::string& name) const {
    return std::ranges::find(own_, join_path(path_, name)) != own_.end();
  }

  void refuse(const Entry& entry, const std::string& why) {
    names_.insert(entry.name);
    const std::string shown = for_display(join_path(path_, entry.name));
    plan_.refused.push_back(
        {entry.name, entry.type, {ErrorKind::usage, fmt::format("{}: {}", shown, why), {}, {}}});
  }

  const store::LocalItem* here(const std::string& name) const {
    const auto found = local_.find(name);
    return found == local_.end() ? nullptr : found->second;
  }

  void add(const Entry& entry) {
    switch (entry.type) {
      case EntryType::file:
        add_file(entry);
        return;
      case EntryType::folder:
        add_folder(entry);
        return;
      case EntryType::link:
        add_link(entry);
        return;
      case EntryType::other:
        refuse(entry, "it is neither a file, a folder nor a link");
        return;
    }
  }

  void add_file(const Entry& entry) {
    if (!rules_.wanted.wants_file(join_path(path_, entry.name), entry)) {
      ++plan_.left_out;
      return;
    }
    const store::LocalItem* const item = here(entry.name);
    if (item != nullptr && item->kind == Kind::folder) {
      refuse(entry, "a folder has its name here: move it away");
    } else if (item != nullptr && item->kind == Kind::file && is_equal(entry, *item)) {
      plan_.kept.push_back({entry, item->mtime, item->permissions});
    } else {
      const bool is_file = item == nullptr || item->kind == Kind::file;
      plan_.fetch.push_back({entry, item != nullptr, !is_file});
    }
  }

  bool is_equal(const Entry& entry, const store::LocalItem& item) const {
    const bool knows_time = rules_.times && entry.time;
    if (!entry.size_bytes || *entry.size_bytes != item.size_bytes) return false;
    return !knows_time || rules_.clock.is_same(*entry.time, item.mtime);
  }

  void add_folder(const Entry& entry) {
    const std::string path = join_path(path_, entry.name);
    if (!rules_.wanted.wants_folder(path) || !rules_.wanted.wants_below(depth_)) {
      ++plan_.left_out;
      return;
    }
    const store::LocalItem* const item = here(entry.name);
    const bool is_there = item != nullptr && item->kind == Kind::folder;
    auto permissions = parse_permissions(entry.permissions);
    if (is_there && permissions == item->permissions) permissions.reset();
    plan_.folders.push_back({entry.name, !is_there, item != nullptr && !is_there, permissions});
  }

  void add_link(const Entry& entry) {
    const bool is_wanted = rules_.links != MirrorLinks::skip &&
                           !rules_.wanted.keeps_local(join_path(path_, entry.name), false);
    if (!is_wanted) {
      ++plan_.left_out;
      return;
    }
    const std::string& target = entry.target;
    if (target.empty() && rules_.links == MirrorLinks::copy) {
      refuse(entry, "the server does not tell where this link leads");
    } else if (!target.empty() && !target_in_tree(path_, target)) {
      refuse(entry, fmt::format("it is a link out of the tree, to {}", for_display(target)));
    } else if (rules_.links == MirrorLinks::follow) {
      plan_.follow.push_back(entry);
    } else {
      copy_link(entry);
    }
  }

  void copy_link(const Entry& entry) {
    const store::LocalItem* const item = here(entry.name);
    if (item != nullptr && item->kind == Kind::link && item->target == entry.target) {
      plan_.kept_links.push_back(entry);
    } else if (item != nullptr && item->kind == Kind::folder) {
      refuse(entry, "a folder has its name here: move it away");
    } else {
      plan_.links.push_back({entry, item != nullptr});
    }
  }

  /// Of a file that is still being fetched.
  bool is_unfinished(const std::string& name) const {
    const std::string target = store::target_of(name).native();
    return target != name && names_.contains(target);
  }

  void find_extras() {
    for (const auto& [name, item] : local_) {
      const bool is_folder = item->kind == Kind::folder;
      const bool is_there = names_.contains(name);
      if (is_own(name) || is_there || is_unfinished(name)) continue;
      if (rules_.wanted.keeps_local(join_path(path_, name), is_folder)) continue;
      plan_.extras.push_back({name, is_folder});
    }
  }

  const std::string& path_;
  const int depth_;
  const std::vector<std::string>& own_;
  const PlanRules& rules_;
  std::map<std::string, const store::LocalItem*> local_;
  std::set<std::string> names_;  // on the server, whatever becomes of them
  std::map<std::string, std::string> folded_;
  FolderPlan plan_;
};

}  // namespace

FolderPlan plan_folder(const std::string& path, int depth, const std::vector<Entry>& remote,
                       const std::vector<store::LocalItem>& local,
                       const std::vector<std::string>& own, const PlanRules& rules) {
  return Planner(path, depth, local, own, rules).plan(remote);
}

std::string join_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty()) path += '/';
  return path.append(name);
}

std::optional<std::string> target_in_tree(std::string_view folder, std::string_view target) {
  if (target.empty() || target.front() == '/') return std::nullopt;
  std::vector<std::string_view> parts;
  const auto walk = [&](std::string_view path) {
    while (!path.empty()) {
      const std::string_view part = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(part.size() + 1, path.size()));
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(part);
      } else if (parts.empty()) {
        return false;
      } else {
        parts.pop_back();
      }
    }
    return true;
  };
  if (!walk(folder) || !walk(target)) return std::nullopt;
  std::string path;
  for (const std::string_view part : parts) path = join_path(path, part);
  return path;
}

}  // namespace ftpull::transfer
