// A disk in memory for the tests of the store: what was written stays, as the page cache does for a
// killed process. It counts operations, and a test may make any of them fail.
//
// A kill is: destroy what has the files open (locks go with it), then reopen(). Folders need not
// exist and are not kept. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/disk.h"

namespace ftpull::store {

using Bytes = std::vector<std::byte>;

class FakeDisk final : public Disk {
 public:
  struct Operation {
    uint64_t number;        // 1 is the first since reopen()
    std::string_view name;  // as the member function: "write_at", "open"
    const std::filesystem::path& path;
  };
  using Filter = std::function<bool(const Operation&)>;

  struct Node {
    Bytes bytes;
    std::time_t mtime = 0;
    bool locked = false;
    bool is_public = false;  // opened with create_public
  };

  /// Operations for which `fails` is true end with a disk error and without effect.
  void fail_if(Filter fails) { fails_ = std::move(fails); }
  void fail_at(uint64_t number);
  /// Nothing works from this operation on, as for a process that dies there.
  void die_at(uint64_t number);
  /// A write that fails has written the first half of its bytes before.
  void tear_failing_writes(bool tears) { tears_ = tears; }

  /// A healthy disk that counts from 1 again, in the same boot or in another.
  void reopen() { reopen(boot_id_); }
  void reopen(std::string boot_id);

  uint64_t operations() const { return operations_; }
  uint64_t failures() const { return failures_; }

  /// Null when there is no such file.
  Node* find(const std::filesystem::path& path);
  void put(const std::filesystem::path& path, Bytes bytes);
  /// All paths in order.
  std::vector<std::string> names() const;

  Result<std::unique_ptr<File>> open(const std::filesystem::path& path, OpenMode mode) override;
  Result<std::optional<FileInfo>> info(const std::filesystem::path& path) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to,
                bool replace) override;
  Status remove(const std::filesystem::path& path) override;
  Status sync_folder(const std::filesystem::path& folder) override;
  std::string boot_id() override { return boot_id_; }

 private:
  friend class FakeFile;
  /// Counts the operation; an error when it is to fail.
  Status begin(std::string_view name, const std::filesystem::path& path);

  std::map<std::filesystem::path, std::shared_ptr<Node>> files_;
  std::string boot_id_ = "boot 1";
  Filter fails_;
  bool tears_ = false;
  uint64_t operations_ = 0;
  uint64_t failures_ = 0;
};

}  // namespace ftpull::store
