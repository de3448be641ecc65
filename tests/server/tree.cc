#include "tree.h"

#include <algorithm>
#include <sys/stat.h>

#include "core/text.h"
#include "core/units.h"

namespace ftpull::test_server {
namespace {

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::optional<Node> stat_node(const std::filesystem::path& where, std::string name) {
  struct stat about {};
  if (stat(where.c_str(), &about) != 0) return std::nullopt;
  if (!S_ISDIR(about.st_mode) && !S_ISREG(about.st_mode)) return std::nullopt;
  return Node{std::move(name), S_ISDIR(about.st_mode), static_cast<uint64_t>(about.st_size),
              about.st_mtime};
}

}  // namespace

Result<GeneratedFile> GeneratedFile::parse(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos) {
    return fail(ErrorKind::usage, "a generated file is written NAME:SIZE[:SEED]");
  }
  GeneratedFile file;
  file.name = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  size_t second = rest.find(':');
  auto size = parse_size(rest.substr(0, second));
  if (!size) return tl::unexpected(size.error());
  file.size_bytes = *size;
  if (second != std::string_view::npos) {
    auto seed = parse_decimal(rest.substr(second + 1));
    if (!seed) return fail(ErrorKind::usage, "the seed of a generated file is a decimal number");
    file.seed = *seed;
  }
  return file;
}

Tree::Tree(const std::filesystem::path& root, const std::vector<GeneratedFile>& generated,
           const MadeTree& made)
    : made_(made) {
  std::error_code
      ignored;  // an unreadable root is an empty one; main() has checked that it is there
  if (!root.empty()) root_ = std::filesystem::canonical(root, ignored);
  for (const GeneratedFile& file : generated) {
    if (auto path = resolve("/", file.name)) generated_[*path] = file;
  }
}

std::optional<std::string> Tree::resolve(std::string_view from, std::string_view name) {
  if (name.find('\0') != std::string_view::npos) return std::nullopt;
  std::string all =
      name.starts_with('/') ? std::string(name) : std::string(from) + "/" + std::string(name);
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= all.size();) {
    size_t end = std::min(all.find('/', begin), all.size());
    std::string part = all.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    } else {
      parts.push_back(std::move(part));
    }
  }
  std::string path;
  for (const std::string& part : parts) path += "/" + part;
  return path.empty() ? "/" : path;
}

std::optional<std::filesystem::path> Tree::on_disk(const std::string& path) const {
  if (root_.empty()) return std::nullopt;
  std::error_code error;
  auto where = std::filesystem::canonical(root_ / path.substr(1), error);
  if (error) return std::nullopt;
  std::string inside = root_.string() + "/";
  if (where != root_ && !where.string().starts_with(inside)) return std::nullopt;
  return where;
}

std::optional<Node> Tree::find(const std::string& path) const {
  if (auto it = generated_.find(path); it != generated_.end()) {
    return Node{last_name(path), false, it->second.size_bytes, kGeneratedTime};
  }
  if (auto node = made_.find(path)) return node;
  if (auto where = on_disk(path)) return stat_node(*where, last_name(path));
  std::string inside = path == "/" ? path : path + "/";
  auto below = generated_.lower_bound(inside);
  bool holds_some = below != generated_.end() && below->first.starts_with(inside);
  if (!holds_some && path != "/") return std::nullopt;
  return Node{last_name(path), true, 0, kGeneratedTime};
}

std::unique_ptr<Content> Tree::open(const std::string& path) const {
  if (auto it = generated_.find(path); it != generated_.end()) {
    return std::make_unique<GeneratedContent>(it->second.size_bytes, it->second.seed);
  }
  if (auto content = made_.open(path)) return content;
  auto where = on_disk(path);
  return where ? DiskContent::open(where->string()) : nullptr;
}

FolderItems Tree::list(const std::string& path) const {
  if (const auto folder = made_.folder_number(path)) {
    return {made_.files_in_each(),
            [this, folder = *folder](uint64_t number) { return made_.file(folder, number); }};
  }
  const uint64_t made = path == "/" ? made_.folders() : 0;
  auto others = list_others(path);
  return {made + others.size(), [this, made, others](uint64_t number) {
            return number < made ? made_.folder(number) : others[number - made];
          }};
}

std::vector<Node> Tree::list_others(const std::string& path) const {
  std::map<std::string, Node> found;
  std::string inside = path == "/" ? path : path + "/";
  if (auto where = on_disk(path)) {
    std::error_code error;
    for (const auto& item : std::filesystem::directory_iterator(*where, error)) {
      std::string name = item.path().filename().string();
      if (!on_disk(inside + name)) continue;
      if (auto node = stat_node(item.path(), name)) found[name] = *node;
    }
  }
  for (auto it = generated_.lower_bound(inside);
       it != generated_.end() && it->first.starts_with(inside); ++it) {
    std::string rest = it->first.substr(inside.size());
    std::string name = rest.substr(0, rest.find('/'));
    if (auto node = find(inside + name)) found[name] = *node;
  }
  std::vector<Node> nodes;
  for (auto& [name, node] : found) nodes.push_back(std::move(node));
  return nodes;
}

}  // namespace ftpull::test_server
