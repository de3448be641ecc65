#include "store/manifest.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "core/xxh3.h"
#include "store/part_names.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDigitsOfHalf = 16;

uint64_t half_of_digest(std::string_view digits) {
  uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

XXH128_hash_t hash_of(std::string_view path) {
  return XXH3_128bits(path.data(), path.size());
}

}  // namespace

Result<ManifestWriter> ManifestWriter::create(Disk& disk, const fs::path& path,
                                              std::string_view url, int64_t created_unix_seconds) {
  const auto info = disk.info(path);
  if (!info) return tl::make_unexpected(info.error());
  if (*info && !(*info)->is_regular) {
    return fail(
        ErrorKind::disk,
        fmt::format("cannot write the manifest {}: it is not a file", for_display(path.native())),
        {}, "Choose another name for the manifest");
  }
  auto file = disk.open(part_path(path), OpenMode::create_public);
  if (!file) return tl::make_unexpected(file.error());
  const auto locked = (*file)->try_lock();
  if (!locked) return tl::make_unexpected(locked.error());
  if (!*locked) {
    return fail(ErrorKind::disk,
                fmt::format("another process writes the manifest {}", for_display(path.native())),
                {}, "Wait for it to end, or choose another name for the manifest");
  }
  const Status emptied = (*file)->truncate(0);
  if (!emptied) return tl::make_unexpected(emptied.error());
  ManifestWriter writer(disk, path, std::move(*file));
  writer.held_ = manifest_header(url, created_unix_seconds);
  const Status begun = writer.flush();
  if (!begun) return tl::make_unexpected(begun.error());
  return writer;
}

ManifestWriter::~ManifestWriter() {
  if (file_) static_cast<void>(flush());
}

Status ManifestWriter::add(const ManifestRecord& record) {
  if (!state_) return state_;
  held_ += manifest_line(record);
  return ++lines_held_ < kLinesHeld ? Status() : flush();
}

Status ManifestWriter::flush() {
  if (!state_ || held_.empty()) return state_;
  state_ = file_->write_at(std::as_bytes(std::span(held_)), offset_);
  offset_ += held_.size();
  held_.clear();
  lines_held_ = 0;
  return state_;
}

Status ManifestWriter::finish() {
  state_ = flush()
               .and_then([&] { return file_->sync_data(); })
               .and_then([&] { return disk_->rename(part_path(path_), path_, true); })
               .and_then([&] { return disk_->sync_folder(folder_of(path_)); });
  file_.reset();
  return state_;
}

Manifest::Stored Manifest::compact(const ManifestRecord& record) {
  const XXH128_hash_t hash = hash_of(record.path);
  Stored stored;
  stored.path_high = hash.high64;
  stored.path_low = hash.low64;
  stored.size_bytes = record.size_bytes.value_or(0);
  stored.has_size = record.size_bytes.has_value();
  stored.mtime_unix_seconds = record.mtime_unix_seconds.value_or(0);
  stored.has_mtime = record.mtime_unix_seconds.has_value();
  stored.has_digest = !record.xxh3_128.empty();
  if (stored.has_digest) {
    const std::string_view digits = record.xxh3_128;
    stored.digest_high = half_of_digest(digits.substr(0, kDigitsOfHalf));
    stored.digest_low = half_of_digest(digits.substr(kDigitsOfHalf));
  }
  return stored;
}

Status Manifest::add_file(Disk& disk, const fs::path& path) {
  return scan_manifest(disk, path, [&](uint64_t, const ManifestRecord* record) {
    if (record != nullptr) {
      stored_.push_back(compact(*record));
    } else {
      ++unreadable_lines_;
    }
  });
}

Result<Manifest> Manifest::read(Disk& disk, const fs::path& path) {
  Manifest manifest;
  const Status finished = manifest.add_file(disk, path);
  if (!finished && finished.error().kind != ErrorKind::not_found) {
    return tl::make_unexpected(finished.error());
  }
  const Status begun = manifest.add_file(disk, part_path(path));
  if (!begun) {
    const bool is_none =
        begun.error().kind == ErrorKind::not_found || begun.error().kind == ErrorKind::corrupt;
    if (!is_none) return tl::make_unexpected(begun.error());
    if (!finished) return tl::make_unexpected(finished.error());
  }
  manifest.sort();
  return manifest;
}

/// Of lines with the same path the last one stays.
void Manifest::sort() {
  const auto key = [](const Stored& each) { return std::tie(each.path_high, each.path_low); };
  std::ranges::stable_sort(stored_, {}, key);
  // From the back, as unique() keeps the first of several.
  const auto kept = std::unique(stored_.rbegin(), stored_.rend(),
                                [&](const Stored& a, const Stored& b) { return key(a) == key(b); });
  stored_.erase(stored_.begin(), kept.base());
  stored_.shrink_to_fit();
}

std::optional<ManifestEntry> Manifest::find(std::string_view path) const {
  const XXH128_hash_t hash = hash_of(path);
  const auto wanted = std::pair(hash.high64, hash.low64);
  const auto key = [](const Stored& each) { return std::pair(each.path_high, each.path_low); };
  const auto found = std::ranges::lower_bound(stored_, wanted, {}, key);
  if (found == stored_.end() || key(*found) != wanted) return std::nullopt;
  ManifestEntry entry;
  if (found->has_size) entry.size_bytes = found->size_bytes;
  if (found->has_mtime) entry.mtime_unix_seconds = found->mtime_unix_seconds;
  if (found->has_digest) {
    entry.xxh3_128 = fmt::format("{:016x}{:016x}", found->digest_high, found->digest_low);
  }
  return entry;
}

}  // namespace ftpull::store
