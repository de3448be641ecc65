#include "fake_disk.h"

#include <algorithm>

#include <fmt/format.h>

namespace ftpull::store {

namespace fs = std::filesystem;

class FakeFile final : public File {
 public:
  FakeFile(FakeDisk& disk, fs::path path, std::shared_ptr<FakeDisk::Node> node)
      : disk_(disk), path_(std::move(path)), node_(std::move(node)) {}
  FakeFile(const FakeFile&) = delete;
  FakeFile& operator=(const FakeFile&) = delete;
  ~FakeFile() override {
    if (has_lock_) node_->locked = false;
  }

  Status write_at(std::span<const std::byte> bytes, uint64_t offset) override {
    const auto begun = disk_.begin("write_at", path_);
    if (!begun) bytes = bytes.first(disk_.tears_ ? bytes.size() / 2 : 0);
    if (offset + bytes.size() > node_->bytes.size()) node_->bytes.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), node_->bytes.begin() + static_cast<ptrdiff_t>(offset));
    return begun;
  }

  Result<size_t> read_at(std::span<std::byte> bytes, uint64_t offset) override {
    if (auto begun = disk_.begin("read_at", path_); !begun) {
      return tl::make_unexpected(begun.error());
    }
    const uint64_t at = std::min<uint64_t>(offset, node_->bytes.size());
    const auto there = std::span(node_->bytes).subspan(at);
    const size_t count = std::min(bytes.size(), there.size());
    std::copy_n(there.begin(), count, bytes.begin());
    return count;
  }

  Status allocate(uint64_t size_bytes) override {
    return disk_.begin("allocate", path_).map([&] {
      node_->bytes.resize(std::max<uint64_t>(node_->bytes.size(), size_bytes));
    });
  }

  Status truncate(uint64_t size_bytes) override {
    return disk_.begin("truncate", path_).map([&] { node_->bytes.resize(size_bytes); });
  }

  Result<uint64_t> size() override {
    return disk_.begin("size", path_).map([&] { return uint64_t{node_->bytes.size()}; });
  }

  Status sync_data() override { return disk_.begin("sync_data", path_); }

  Status drop_cached() override { return disk_.begin("drop_cached", path_); }

  Status set_mtime(std::time_t mtime) override {
    return disk_.begin("set_mtime", path_).map([&] { node_->mtime = mtime; });
  }

  Result<bool> try_lock() override {
    return disk_.begin("try_lock", path_).map([&] {
      if (node_->locked && !has_lock_) return false;
      has_lock_ = node_->locked = true;
      return true;
    });
  }

  Result<bool> still_named() override {
    return disk_.begin("still_named", path_).map([&] { return disk_.find(path_) == node_.get(); });
  }

 private:
  FakeDisk& disk_;
  const fs::path path_;
  const std::shared_ptr<FakeDisk::Node> node_;
  bool has_lock_ = false;
};

void FakeDisk::fail_at(uint64_t number) {
  fail_if([number](const Operation& operation) { return operation.number == number; });
}

void FakeDisk::die_at(uint64_t number) {
  fail_if([number](const Operation& operation) { return operation.number >= number; });
}

void FakeDisk::reopen(std::string boot_id) {
  boot_id_ = std::move(boot_id);
  fails_ = nullptr;
  operations_ = 0;
  failures_ = 0;
}

FakeDisk::Node* FakeDisk::find(const fs::path& path) {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second.get();
}

void FakeDisk::put(const fs::path& path, Bytes bytes) {
  files_[path] = std::make_shared<Node>(Node{std::move(bytes), 0, false, false});
}

std::vector<std::string> FakeDisk::names() const {
  std::vector<std::string> names;
  for (const auto& [path, node] : files_) names.push_back(path.native());
  return names;
}

Result<std::unique_ptr<File>> FakeDisk::open(const fs::path& path, OpenMode mode) {
  if (auto begun = begin("open", path); !begun) return tl::make_unexpected(begun.error());
  const bool creates = mode == OpenMode::create || mode == OpenMode::create_public;
  if (find(path) == nullptr) {
    if (!creates) return fail(ErrorKind::disk, fmt::format("cannot open {}", path.native()));
    put(path, {});
    find(path)->is_public = mode == OpenMode::create_public;
  }
  return std::make_unique<FakeFile>(*this, path, files_[path]);
}

Result<std::optional<FileInfo>> FakeDisk::info(const fs::path& path) {
  return begin("info", path).map([&]() -> std::optional<FileInfo> {
    const Node* const node = find(path);
    if (node == nullptr) return std::nullopt;
    return FileInfo{false, true, node->bytes.size(), node->mtime};
  });
}

Status FakeDisk::rename(const fs::path& from, const fs::path& to, bool replace) {
  if (auto begun = begin("rename", from); !begun) return begun;
  if (find(from) == nullptr || (!replace && find(to) != nullptr)) {
    return fail(ErrorKind::disk, fmt::format("cannot rename {} to {}", from.native(), to.native()));
  }
  files_[to] = files_[from];
  files_.erase(from);
  return {};
}

Status FakeDisk::remove(const fs::path& path) {
  return begin("remove", path).map([&] { files_.erase(path); });
}

Status FakeDisk::sync_folder(const fs::path& folder) {
  return begin("sync_folder", folder);
}

Status FakeDisk::begin(std::string_view name, const fs::path& path) {
  const Operation operation{++operations_, name, path};
  if (!fails_ || !fails_(operation)) return {};
  ++failures_;
  return fail(ErrorKind::disk,
              fmt::format("operation {}, {} of {}, fails", operations_, name, path.native()));
}

}  // namespace ftpull::store
