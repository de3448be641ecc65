// The seam between the engine and the disk: POSIX in the program, an image in memory that can crash
// in the tests. Errors are of kind `disk`; they name the path, the operating system's reason, and
// what to do (free space, permissions).
//
// Threads: reads and writes of one File may run at the same time on several threads, at different
// offsets. Everything else is called by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ftpull/error.h"

namespace ftpull::store {

class File {
 public:
  virtual ~File() = default;

  /// All of `bytes` or an error.
  virtual Status write_at(std::span<const std::byte> bytes, uint64_t offset) = 0;
  /// How many bytes were read; fewer than asked for only at the end of the file.
  virtual Result<size_t> read_at(std::span<std::byte> bytes, uint64_t offset) = 0;
  /// Reserves the blocks of [0, size) and makes the file that long. Where the file system cannot
  /// reserve, the file is made sparse instead.
  virtual Status allocate(uint64_t size_bytes) = 0;
  virtual Status truncate(uint64_t size_bytes) = 0;
  virtual Result<uint64_t> size() = 0;
  /// What was written before is on stable storage when this returns without an error. After an
  /// error nothing since the last success may be trusted: the kernel may have dropped dirty pages.
  virtual Status sync_data() = 0;
  /// What is read after this comes from the disk, except for what is still to be written to it.
  virtual Status drop_cached() = 0;
  virtual Status set_mtime(std::time_t mtime) = 0;
  /// Takes the exclusive lock without waiting; false when another open file has it. Held until this
  /// object, or the process, ends.
  virtual Result<bool> try_lock() = 0;
  /// Is the file still the one under its name (not removed or replaced since it was opened)?
  virtual Result<bool> still_named() = 0;
};

struct FileInfo {
  bool is_folder = false;
  bool is_regular = false;
  uint64_t size_bytes = 0;
  std::time_t mtime = 0;
};

enum class OpenMode {
  read,           // must exist
  update,         // read and write, must exist
  create,         // read and write, made when missing; nobody else may read it
  create_public,  // the same with the permissions that new files get (umask)
};

class Disk {
 public:
  virtual ~Disk() = default;

  /// A symbolic link under the last component is refused in every mode that writes.
  virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path, OpenMode mode) = 0;
  virtual Result<std::optional<FileInfo>> info(const std::filesystem::path& path) = 0;
  /// Atomic. With `replace` false an existing `to` is an error.
  virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to,
                        bool replace) = 0;
  /// Removing what is not there is no error.
  virtual Status remove(const std::filesystem::path& path) = 0;
  /// Makes creates, renames and removes in this folder durable.
  virtual Status sync_folder(const std::filesystem::path& folder) = 0;
  /// Changes with every boot: whether the page cache survived. Empty when not known.
  virtual std::string boot_id() = 0;
};

/// The operating system's. The object has no state and lives as long as the process.
Disk& posix_disk();

}  // namespace ftpull::store
