#include "crash_disk.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ftpull::crash {

namespace fs = std::filesystem;

namespace {

/// Up to the page boundary at or before the middle of a write; 0 when there is none.
size_t half(size_t size_bytes, uint64_t offset) {
  const uint64_t middle = offset + size_bytes / 2;
  const uint64_t boundary = middle - middle % CrashDisk::kPageBytes;
  return boundary > offset ? boundary - offset : 0;
}

}  // namespace

/// Belongs to the process that opened it, and dies with it.
class CrashFile final : public store::File {
 public:
  CrashFile(CrashDisk& disk, fs::path path, std::shared_ptr<CrashDisk::Inode> inode)
      : disk_(disk), path_(std::move(path)), inode_(std::move(inode)), process_(disk.process_) {}
  CrashFile(const CrashFile&) = delete;
  CrashFile& operator=(const CrashFile&) = delete;
  ~CrashFile() override {
    if (inode_->lock_holder == this) inode_->lock_holder = nullptr;
  }

  Status write_at(std::span<const std::byte> bytes, uint64_t offset) override {
    const bool was_alive = alive().has_value() && !disk_.crashed_;
    auto begun = begin("write_at");
    if (!begun) bytes = bytes.first(was_alive && disk_.tears_ ? half(bytes.size(), offset) : 0);
    if (!bytes.empty()) {
      inode_->change(CrashDisk::Write{offset, Bytes(bytes.begin(), bytes.end())});
    }
    return begun;
  }

  Result<size_t> read_at(std::span<std::byte> bytes, uint64_t offset) override {
    return look("read_at").map([&] {
      const Bytes& there = inode_->seen.bytes;
      const uint64_t at = std::min<uint64_t>(offset, there.size());
      const size_t count = std::min<uint64_t>(bytes.size(), there.size() - at);
      std::copy_n(there.begin() + static_cast<ptrdiff_t>(at), count, bytes.begin());
      return count;
    });
  }

  Status allocate(uint64_t size_bytes) override {
    return begin("allocate").map([&] { inode_->change(CrashDisk::Allocate{size_bytes}); });
  }

  Status truncate(uint64_t size_bytes) override {
    return begin("truncate").map([&] { inode_->change(CrashDisk::Truncate{size_bytes}); });
  }

  Result<uint64_t> size() override {
    return look("size").map([&] { return uint64_t{inode_->seen.bytes.size()}; });
  }

  Status sync_data() override {
    return begin("sync_data").map([&] { inode_->sync_data(); });
  }

  Status drop_cached() override { return look("drop_cached"); }

  Status set_mtime(std::time_t mtime) override {
    return begin("set_mtime").map([&] { inode_->change(CrashDisk::SetTime{mtime}); });
  }

  Result<bool> try_lock() override {
    return look("try_lock").map([&] {
      if (inode_->lock_holder == nullptr) inode_->lock_holder = this;
      return inode_->lock_holder == this;
    });
  }

  Result<bool> still_named() override {
    return look("still_named").map([&] { return disk_.find(path_) == inode_.get(); });
  }

 private:
  Status alive() const {
    if (process_ == disk_.process_) return {};
    return fail(ErrorKind::disk, fmt::format("{}: its process is dead", path_.native()));
  }
  Status look(std::string_view name) const {
    return alive().and_then([&] { return disk_.look(name, path_); });
  }
  Status begin(std::string_view name) {
    return alive().and_then([&] { return disk_.begin(name, path_); });
  }

  CrashDisk& disk_;
  const fs::path path_;
  const std::shared_ptr<CrashDisk::Inode> inode_;
  const uint64_t process_;
};

void CrashDisk::Image::put(std::span<const std::byte> from, uint64_t offset) {
  if (offset + from.size() > bytes.size()) bytes.resize(offset + from.size());
  std::copy(from.begin(), from.end(), bytes.begin() + static_cast<ptrdiff_t>(offset));
}

void CrashDisk::Image::apply(const Change& change) {
  if (const auto* write = std::get_if<Write>(&change)) {
    put(write->bytes, write->offset);
  } else if (const auto* allocated = std::get_if<Allocate>(&change)) {
    bytes.resize(std::max<uint64_t>(bytes.size(), allocated->size_bytes));
  } else if (const auto* truncated = std::get_if<Truncate>(&change)) {
    bytes.resize(truncated->size_bytes);
  } else {
    mtime = std::get<SetTime>(change).mtime;
  }
}

void CrashDisk::Inode::change(Change change) {
  seen.apply(change);
  unsynced.push_back(std::move(change));
}

void CrashDisk::Inode::sync_data() {
  // fdatasync need not write the time.
  std::vector<Change> times;
  for (Change& change : unsynced) {
    if (std::holds_alternative<SetTime>(change)) {
      times.push_back(std::move(change));
    } else {
      durable.apply(change);
    }
  }
  unsynced = std::move(times);
}

void CrashDisk::Inode::lose_power(Dice& dice, Garbage garbage) {
  // Where each change has the same even chance, all of many are hardly ever kept, or lost: how much
  // of a file had been written back is chosen first.
  const uint64_t kept_percent = dice.one_of<uint64_t>({0, 50, 50, 90, 100, 100});
  const bool tears = dice.percent(70);
  for (const Change& change : unsynced) {
    const auto* write = std::get_if<Write>(&change);
    if (dice.percent(kept_percent)) {
      durable.apply(change);
    } else if (write != nullptr && tears) {
      if (dice.percent(10)) spoil(durable, *write, dice, garbage);
      if (dice.percent(50)) tear(durable, *write, dice);
    }
  }
  unsynced.clear();
  seen = durable;
}

void CrashDisk::tear(Image& image, const Write& write, Dice& dice) {
  const uint64_t end = write.offset + write.bytes.size();
  for (uint64_t at = write.offset; at < end;) {
    const uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
    const auto sector = std::span(write.bytes).subspan(at - write.offset, next - at);
    if (dice.percent(50)) image.put(sector, at);
    at = next;
  }
}

void CrashDisk::spoil(Image& image, const Write& write, Dice& dice, Garbage garbage) {
  uint64_t begin = write.offset;
  uint64_t end = begin + write.bytes.size();
  if (garbage == Garbage::whole_sectors) {
    begin -= begin % kSectorBytes;
    // A sector of which the file has only the first bytes has no others to be spoilt.
    const uint64_t sectors_end = (end + kSectorBytes - 1) / kSectorBytes * kSectorBytes;
    end = std::max(end, std::min<uint64_t>(sectors_end, image.bytes.size()));
  }
  Bytes bytes(end - begin);
  dice.fill(bytes);
  image.put(bytes, begin);
}

void CrashDisk::crash_after(uint64_t operations, bool tears) {
  last_operation_ = operations_ + operations;
  tears_ = tears;
}

void CrashDisk::start_process() {
  ++process_;
  operations_ = 0;
  last_operation_.reset();
  crashed_ = false;
  for (const auto& [path, inode] : seen_names_) inode->lock_holder = nullptr;
}

void CrashDisk::kill() {
  start_process();
}

void CrashDisk::reboot(uint64_t seed, std::string boot_id, Garbage garbage) {
  Dice dice(seed);
  for (const auto& [folder, changes] : unsynced_names_) {
    // Each end of the log as often as all of its middle.
    const uint64_t some = dice.below(changes.size() + 1);
    const uint64_t kept = dice.one_of<uint64_t>({0, some, some, changes.size()});
    for (uint64_t i = 0; i < kept; ++i) apply(changes[i], durable_names_);
  }
  unsynced_names_.clear();
  seen_names_ = durable_names_;
  for (const auto& [path, inode] : seen_names_) inode->lose_power(dice, garbage);
  boot_id_ = std::move(boot_id);
  start_process();
}

void CrashDisk::put(const fs::path& path, Bytes bytes) {
  auto inode = std::make_shared<Inode>();
  inode->seen.bytes = bytes;
  inode->durable.bytes = std::move(bytes);
  seen_names_[path.native()] = inode;
  durable_names_[path.native()] = std::move(inode);
}

const CrashDisk::Inode* CrashDisk::find(const fs::path& path) const {
  const auto found = seen_names_.find(path.native());
  return found == seen_names_.end() ? nullptr : found->second.get();
}

const Bytes* CrashDisk::contents(const fs::path& path) const {
  const Inode* const inode = find(path);
  return inode == nullptr ? nullptr : &inode->seen.bytes;
}

std::optional<std::time_t> CrashDisk::mtime(const fs::path& path) const {
  const Inode* const inode = find(path);
  return inode == nullptr ? std::nullopt : std::optional(inode->seen.mtime);
}

std::vector<std::string> CrashDisk::names() const {
  std::vector<std::string> names;
  for (const auto& [path, inode] : seen_names_) names.push_back(path);
  return names;
}

void CrashDisk::apply(const NameChange& change, Names& names) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (change.inode != nullptr) names[change.linked] = change.inode;
}

void CrashDisk::change_name(const fs::path& folder, NameChange change) {
  apply(change, seen_names_);
  unsynced_names_[folder.native()].push_back(std::move(change));
}

Result<std::unique_ptr<store::File>> CrashDisk::open(const fs::path& path, store::OpenMode mode) {
  const bool creates = mode == store::OpenMode::create || mode == store::OpenMode::create_public;
  const bool makes = creates && find(path) == nullptr;
  const auto begun = makes ? begin("open", path) : look("open", path);
  if (!begun) return tl::make_unexpected(begun.error());
  if (makes) change_name(path.parent_path(), {{}, path.native(), std::make_shared<Inode>()});
  if (find(path) == nullptr) {
    return fail(ErrorKind::disk, fmt::format("cannot open {}: no such file", path.native()));
  }
  return std::make_unique<CrashFile>(*this, path, seen_names_.at(path.native()));
}

Result<std::optional<store::FileInfo>> CrashDisk::info(const fs::path& path) {
  return look("info", path).map([&]() -> std::optional<store::FileInfo> {
    const Inode* const inode = find(path);
    if (inode == nullptr) return std::nullopt;
    return store::FileInfo{false, true, inode->seen.bytes.size(), inode->seen.mtime};
  });
}

Status CrashDisk::rename(const fs::path& from, const fs::path& to, bool replace) {
  if (auto begun = begin("rename", from); !begun) return begun;
  const bool refused = find(from) == nullptr || (!replace && find(to) != nullptr) ||
                       from.parent_path() != to.parent_path();
  if (refused) {
    return fail(ErrorKind::disk, fmt::format("cannot rename {} to {}", from.native(), to.native()));
  }
  change_name(from.parent_path(), {from.native(), to.native(), seen_names_.at(from.native())});
  return {};
}

Status CrashDisk::remove(const fs::path& path) {
  if (auto begun = begin("remove", path); !begun) return begun;
  if (find(path) != nullptr) change_name(path.parent_path(), {path.native(), {}, nullptr});
  return {};
}

Status CrashDisk::sync_folder(const fs::path& folder) {
  if (auto begun = begin("sync_folder", folder); !begun) return begun;
  const auto changes = unsynced_names_.extract(folder.native());
  if (!changes) return {};
  for (const NameChange& change : changes.mapped()) apply(change, durable_names_);
  return {};
}

Status CrashDisk::look(std::string_view name, const fs::path& path) const {
  if (!crashed_) return {};
  return fail(ErrorKind::disk, fmt::format("{} of {}: crashed", name, path.native()));
}

Status CrashDisk::begin(std::string_view name, const fs::path& path) {
  if (last_operation_ == operations_) crashed_ = true;
  if (auto alive = look(name, path); !alive) return alive;
  ++operations_;
  return {};
}

}  // namespace ftpull::crash
