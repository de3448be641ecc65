#include "made_tree.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::test_server {
namespace {

constexpr uint64_t kSizes = 65;  // 0 to 64 bytes
/// So that no file's number needs more than 64 bits.
constexpr uint64_t kMostOfEach = 1ULL << 31;

/// The number in "d12" after 'd'; only as it is written in listings.
std::optional<uint64_t> number_in(std::string_view name, char letter, uint64_t end) {
  if (!name.starts_with(letter)) return std::nullopt;
  const auto number = parse_decimal(name.substr(1));
  if (!number || *number >= end || name.substr(1) != fmt::to_string(*number)) return std::nullopt;
  return *number;
}

}  // namespace

Result<MadeTree> MadeTree::parse(std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const auto folders = parse_decimal(text.substr(0, colon));
  const auto files = parse_decimal(text.substr(std::min(colon + 1, text.size())));
  if (!folders || !files || *folders > kMostOfEach || *files > kMostOfEach) {
    return fail(ErrorKind::usage, "a tree is written FOLDERS:FILES");
  }
  MadeTree tree;
  tree.folders_ = *folders;
  tree.files_ = *files;
  return tree;
}

Status write_to_disk(const MadeTree& tree, const std::string& path) {
  const auto is_made = [](const std::string& folder) {
    return mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST;
  };
  bool good = is_made(path);
  for (uint64_t i = 0; good && i < tree.folders(); ++i) {
    const std::string folder = fmt::format("{}/{}", path, tree.folder(i).name);
    good = is_made(folder);
    for (uint64_t j = 0; good && j < tree.files_in_each(); ++j) {
      const Node node = tree.file(i, j);
      const std::string file = fmt::format("{}/{}", folder, node.name);
      auto written = write_to_disk(*tree.open(fmt::format("/d{}/f{}", i, j)), file);
      if (!written) return written;
      const timespec times[] = {{node.modified, 0}, {node.modified, 0}};
      good = utimensat(AT_FDCWD, file.c_str(), times, 0) == 0;
    }
  }
  if (good) return {};
  return fail(ErrorKind::disk, fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

Node MadeTree::folder(uint64_t number) const {
  return {fmt::format("d{}", number), true, 0, kGeneratedTime};
}

Node MadeTree::file(uint64_t folder, uint64_t number) const {
  const uint64_t all = number_of(folder, number);
  return {fmt::format("f{}", number), false, all % kSizes,
          kGeneratedTime + static_cast<std::time_t>(all)};
}

std::optional<MadeTree::Place> MadeTree::place_of(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  const size_t slash = path.find('/');
  const auto folder = number_in(path.substr(0, slash), 'd', folders_);
  if (!folder) return std::nullopt;
  if (slash == path.npos) return Place{*folder, {}};
  const auto file = number_in(path.substr(slash + 1), 'f', files_);
  if (!file) return std::nullopt;
  return Place{*folder, file};
}

std::optional<Node> MadeTree::find(std::string_view path) const {
  const auto place = place_of(path);
  if (!place) return std::nullopt;
  return place->file ? file(place->folder, *place->file) : folder(place->folder);
}

std::unique_ptr<Content> MadeTree::open(std::string_view path) const {
  const auto place = place_of(path);
  if (!place || !place->file) return nullptr;
  return std::make_unique<GeneratedContent>(file(place->folder, *place->file).size_bytes,
                                            number_of(place->folder, *place->file) + 1);
}

std::optional<uint64_t> MadeTree::folder_number(std::string_view path) const {
  const auto place = place_of(path);
  if (!place || place->file) return std::nullopt;
  return place->folder;
}

}  // namespace ftpull::test_server
