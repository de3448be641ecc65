#include "sim_disk.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace ftpull::sim {

uint64_t Coverage::add(Range range) {
  uint64_t twice = 0;
  auto at = ends_.upper_bound(range.begin);
  if (at != ends_.begin() && std::prev(at)->second >= range.begin) --at;
  Range joined = range;
  while (at != ends_.end() && at->first <= range.end) {
    const Range common{std::max(at->first, range.begin), std::min(at->second, range.end)};
    if (!common.empty()) twice += common.size();
    joined = {std::min(joined.begin, at->first), std::max(joined.end, at->second)};
    at = ends_.erase(at);
  }
  ends_.emplace_hint(at, joined.begin, joined.end);
  return twice;
}

bool Coverage::contains(Range range) const {
  const auto after = ends_.upper_bound(range.begin);
  return after != ends_.begin() && std::prev(after)->second >= range.end;
}

uint64_t Coverage::total_bytes() const {
  return std::accumulate(
      ends_.begin(), ends_.end(), uint64_t{0},
      [](uint64_t sum, const auto& one) { return sum + one.second - one.first; });
}

class SimFile final : public store::File {
 public:
  SimFile(SimDisk& disk, std::shared_ptr<SimDisk::Node> node, std::string name)
      : disk_(disk), node_(std::move(node)), name_(std::move(name)) {}
  ~SimFile() override {
    if (has_lock_) node_->locked = false;
  }
  SimFile(const SimFile&) = delete;
  SimFile& operator=(const SimFile&) = delete;

  Status write_at(std::span<const std::byte> bytes, uint64_t offset) override {
    const uint64_t end = offset + bytes.size();
    if (!node_->keeps_bytes) {
      if (end > node_->size_bytes) {
        return fail(ErrorKind::disk,
                    fmt::format("written up to {} of {} bytes", end, node_->size_bytes));
      }
      disk_.written_twice_bytes_ += node_->written.add({offset, end});
      return {};
    }
    if (end > node_->size_bytes) set_size(end);
    std::copy(bytes.begin(), bytes.end(), node_->bytes.begin() + static_cast<ptrdiff_t>(offset));
    return {};
  }

  Result<size_t> read_at(std::span<std::byte> bytes, uint64_t offset) override {
    const uint64_t end = std::min(offset + bytes.size(), node_->size_bytes);
    if (offset >= end) return size_t{0};
    const size_t count = end - offset;
    if (node_->keeps_bytes) {
      std::copy_n(node_->bytes.begin() + static_cast<ptrdiff_t>(offset), count, bytes.begin());
      return count;
    }
    if (!node_->written.contains({offset, end})) {
      return fail(ErrorKind::disk, fmt::format("[{}, {}) is read before it is there", offset, end));
    }
    std::fill_n(bytes.begin(), count, std::byte{0});
    return count;
  }

  Status allocate(uint64_t size_bytes) override {
    set_size(size_bytes);
    return {};
  }
  Status truncate(uint64_t size_bytes) override {
    set_size(size_bytes);
    return {};
  }
  Result<uint64_t> size() override { return node_->size_bytes; }
  Status sync_data() override { return {}; }
  Status drop_cached() override { return {}; }
  Status set_mtime(std::time_t mtime) override {
    node_->mtime = mtime;
    return {};
  }
  Result<bool> try_lock() override {
    if (node_->locked) return has_lock_;
    node_->locked = has_lock_ = true;
    return true;
  }
  Result<bool> still_named() override {
    const auto named = disk_.nodes_.find(name_);
    return named != disk_.nodes_.end() && named->second == node_;
  }

 private:
  void set_size(uint64_t size_bytes) {
    node_->size_bytes = size_bytes;
    if (node_->keeps_bytes) node_->bytes.resize(size_bytes);
  }

  SimDisk& disk_;
  const std::shared_ptr<SimDisk::Node> node_;
  const std::string name_;
  bool has_lock_ = false;
};

uint64_t SimDisk::written_bytes(const std::filesystem::path& path) const {
  const auto found = nodes_.find(path.native());
  return found == nodes_.end() ? 0 : found->second->written.total_bytes();
}

std::vector<std::string> SimDisk::names() const {
  std::vector<std::string> names;
  for (const auto& [name, node] : nodes_) names.push_back(name);
  return names;
}

Result<std::unique_ptr<store::File>> SimDisk::open(const std::filesystem::path& path,
                                                   store::OpenMode mode) {
  const bool may_create = mode == store::OpenMode::create || mode == store::OpenMode::create_public;
  auto found = nodes_.find(path.native());
  if (found == nodes_.end() && !may_create) {
    return fail(ErrorKind::disk, path.native() + " is not there");
  }
  if (found == nodes_.end()) {
    found = nodes_.emplace(path.native(), std::make_shared<Node>()).first;
    found->second->keeps_bytes = path.extension() != ".part";
  }
  return std::make_unique<SimFile>(*this, found->second, path.native());
}

Result<std::optional<store::FileInfo>> SimDisk::info(const std::filesystem::path& path) {
  const auto found = nodes_.find(path.native());
  if (found == nodes_.end()) return std::nullopt;
  return store::FileInfo{false, true, found->second->size_bytes, found->second->mtime};
}

Status SimDisk::rename(const std::filesystem::path& from, const std::filesystem::path& to,
                       bool replace) {
  auto node = nodes_.extract(from.native());
  if (node.empty()) return fail(ErrorKind::disk, from.native() + " is not there");
  if (!replace && nodes_.contains(to.native())) {
    return fail(ErrorKind::disk, to.native() + " is there already");
  }
  nodes_[to.native()] = std::move(node.mapped());
  return {};
}

Status SimDisk::remove(const std::filesystem::path& path) {
  nodes_.erase(path.native());
  return {};
}

}  // namespace ftpull::sim
