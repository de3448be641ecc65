// A local folder and all below it, reached from its handle and in no other way: whatever a path is,
// nothing outside the folder is opened, made, renamed or removed, and no symbolic link is followed,
// so that none that somebody planted leads anywhere.
//
// Paths are relative, with '/' between their parts; "" is the folder itself. One that is absolute,
// or has "", "." or ".." for a part, or a NUL, is refused with disk. openat2(2) with
// RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS does the rest in one call (Linux 5.6); where the kernel,
// or a container, does not let us, each part is opened by itself with O_NOFOLLOW.
//
// Threads: everything may be called on any, at the same time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"
#include "store/disk.h"

namespace ftpull::store {

/// What stands in a folder under a name.
struct LocalItem {
  enum class Kind { file, folder, link, other };

  std::string name;
  Kind kind = Kind::file;
  uint64_t size_bytes = 0;
  int64_t mtime = 0;
  unsigned permissions = 0;  // the twelve bits
  std::string target;        // of a link
};

class LocalTree {
 public:
  /// How paths are resolved; the second is for kernels without the first.
  enum class Resolve { by_kernel, by_parts };

  /// The folder must be there. It may be reached through links, as its user typed it.
  static Result<std::unique_ptr<LocalTree>> open(const std::filesystem::path& folder,
                                                 Resolve resolve = Resolve::by_kernel);
  ~LocalTree();

  /// Without "." and "..", in any order; empty when there is no such folder.
  Result<std::optional<std::vector<LocalItem>>> list(const std::string& path) const;
  Result<std::optional<LocalItem>> info(const std::string& path) const;

  /// One that is there already is no error.
  Status make_folder(const std::string& path) const;
  Status make_link(const std::string& path, const std::string& target) const;
  /// What is not there is no error.
  Status remove(const std::string& path) const;
  Status remove_folder(const std::string& path) const;
  /// Atomic; replaces what is there, unless it is a folder.
  Status rename(const std::string& from, const std::string& to) const;
  /// Into another tree of the same file system; never replaces anything.
  Status move_to(const LocalTree& other, const std::string& from, const std::string& to) const;
  Status set_permissions(const std::string& path, unsigned permissions) const;
  /// Everything that was written to its file system is on stable storage.
  Status sync_all() const;

  Result<std::unique_ptr<File>> open_file(const std::string& path, OpenMode mode) const;
  /// For those who fetch one file: its paths are within the tree.
  Disk& disk() const { return *disk_; }

 private:
  class RootedDisk;
  /// The folder that a path is in, and its last part.
  struct Place {
    UniqueFd folder;
    std::string name;
  };

  LocalTree(UniqueFd root, Resolve resolve);
  Result<UniqueFd> open_at(const std::string& path, int flags, unsigned permissions = 0) const;
  Result<UniqueFd> open_by_parts(const std::string& path, int flags, unsigned permissions) const;
  Result<UniqueFd> open_folder(const std::string& path) const;
  Result<Place> place_of(const std::string& path) const;

  const UniqueFd root_;
  const Resolve resolve_;
  const std::unique_ptr<Disk> disk_;
};

}  // namespace ftpull::store
