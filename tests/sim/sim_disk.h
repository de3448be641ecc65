// A disk in memory for downloads that are all zeros: of a `.part` only which bytes of it were
// written is kept, and how many of them twice; every other file is kept whole. Nothing fails.
//
// Reading from a `.part` gives zeros, and only where something was written: else the read fails.
// Folders need not exist. One thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/range.h"
#include "store/disk.h"

namespace ftpull::sim {

/// Bytes of a file, each one written or not.
class Coverage {
 public:
  /// Returns how many of them were covered before.
  uint64_t add(Range range);
  bool contains(Range range) const;
  uint64_t total_bytes() const;

 private:
  std::map<uint64_t, uint64_t> ends_;  // begin -> end, disjoint and apart
};

class SimDisk final : public store::Disk {
 public:
  /// What stands under this name, a `.part` or what it was renamed to.
  uint64_t written_bytes(const std::filesystem::path& path) const;
  uint64_t written_twice_bytes() const { return written_twice_bytes_; }
  std::vector<std::string> names() const;

  Result<std::unique_ptr<store::File>> open(const std::filesystem::path& path,
                                            store::OpenMode mode) override;
  Result<std::optional<store::FileInfo>> info(const std::filesystem::path& path) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to,
                bool replace) override;
  Status remove(const std::filesystem::path& path) override;
  Status sync_folder(const std::filesystem::path&) override { return {}; }
  std::string boot_id() override { return "boot"; }

 private:
  friend class SimFile;
  struct Node {
    bool keeps_bytes = true;
    uint64_t size_bytes = 0;
    std::vector<std::byte> bytes{};  // when it keeps them
    Coverage written{};              // else
    std::time_t mtime = 0;
    bool locked = false;
  };

  std::map<std::string, std::shared_ptr<Node>> nodes_;
  uint64_t written_twice_bytes_ = 0;
};

}  // namespace ftpull::sim
