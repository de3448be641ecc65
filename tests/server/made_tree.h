// A tree that takes neither disk nor memory: folders with files in them, all told from their
// numbers. README.md has the formulas.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

#include "content.h"
#include "node.h"

namespace ftpull::test_server {

class MadeTree {
 public:
  /// Without any folder.
  MadeTree() = default;
  /// FOLDERS:FILES of the command line.
  static Result<MadeTree> parse(std::string_view text);

  uint64_t folders() const { return folders_; }
  uint64_t files_in_each() const { return files_; }
  Node folder(uint64_t number) const;
  Node file(uint64_t folder, uint64_t number) const;

  /// What is at an absolute path below the root.
  std::optional<Node> find(std::string_view path) const;
  /// Null where no file is.
  std::unique_ptr<Content> open(std::string_view path) const;
  /// Of the folder at a path; nothing when none is there.
  std::optional<uint64_t> folder_number(std::string_view path) const;

 private:
  struct Place {
    uint64_t folder = 0;
    std::optional<uint64_t> file;
  };
  std::optional<Place> place_of(std::string_view path) const;
  uint64_t number_of(uint64_t folder, uint64_t file) const { return folder * files_ + file; }

  uint64_t folders_ = 0;
  uint64_t files_ = 0;
};

/// Writes all of it to disk, times too, below a folder that is made if missing.
Status write_to_disk(const MadeTree& tree, const std::string& path);

}  // namespace ftpull::test_server
