// What the server offers: a folder on disk and generated files, seen as one tree. Paths are the
// server's own: absolute, '/' between names, bytes as they came.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/error.h"

#include "content.h"
#include "made_tree.h"
#include "node.h"

namespace ftpull::test_server {

/// NAME:SIZE[:SEED] of the command line; SIZE may end in K, M, G, T, SEED is decimal, default 1.
struct GeneratedFile {
  std::string name;
  uint64_t size_bytes = 0;
  uint64_t seed = 1;

  static Result<GeneratedFile> parse(std::string_view text);
};

/// What a folder holds, one by one: it may be more than memory should.
struct FolderItems {
  uint64_t count = 0;
  std::function<Node(uint64_t)> item;  // valid as long as the tree
};

class Tree {
 public:
  /// An empty `root`: generated files only.
  Tree(const std::filesystem::path& root, const std::vector<GeneratedFile>& generated,
       const MadeTree& made);

  /// The absolute path of `name` seen from the folder `from`. Nothing when it climbs out.
  static std::optional<std::string> resolve(std::string_view from, std::string_view name);

  std::optional<Node> find(const std::string& path) const;
  std::unique_ptr<Content> open(const std::string& path) const;
  /// What is made first, then the rest by name.
  FolderItems list(const std::string& path) const;

 private:
  /// Where the path is on disk. Nothing when it is not there, or a link leads out of the root.
  std::optional<std::filesystem::path> on_disk(const std::string& path) const;
  std::vector<Node> list_others(const std::string& path) const;

  std::filesystem::path root_;
  std::map<std::string, GeneratedFile> generated_;  // by path
  MadeTree made_;
};

}  // namespace ftpull::test_server
