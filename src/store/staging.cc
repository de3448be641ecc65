#include "store/staging.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/file_digest.h"

namespace ftpull::store {
namespace {

constexpr unsigned kOwnerOnly = 0700;
/// Of an index that is read: some million files, which no run leaves without a name.
constexpr uint64_t kLongestIndexBytes = 256ULL << 20;

std::string index_path() {
  return fmt::format("{}/index", Staging::kFolder);
}

std::string path_of(uint64_t number) {
  return fmt::format("{}/{}", Staging::kFolder, number);
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string line_of(const Staging::Complete& file) {
  return fmt::format("{} {} {} {} {} {}\n", file.file->number(), file.file->size_bytes(),
                     file.mtime ? fmt::to_string(*file.mtime) : "-",
                     file.permissions ? fmt::to_string(*file.permissions) : "-",
                     file.file->xxh3_128(), file.path);
}

std::string_view take_word(std::string_view& line) {
  const size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end == line.npos ? line.size() : end + 1);
  return word;
}

}  // namespace

StagedFile::StagedFile(const LocalTree& tree, uint64_t number)
    : tree_(tree), number_(number), hash_(XXH3_createState()) {
  XXH3_128bits_reset(hash_.get());
}

Status StagedFile::open() {
  if (file_) return {};
  auto opened = tree_.open_file(path_of(number_), OpenMode::create_public);
  if (!opened) return tl::make_unexpected(opened.error());
  file_ = *std::move(opened);
  return file_->truncate(0);
}

Status StagedFile::write(std::span<const std::byte> bytes) {
  if (auto opened = open(); !opened) return opened;
  if (auto written = file_->write_at(bytes, size_bytes_); !written) return written;
  XXH3_128bits_update(hash_.get(), bytes.data(), bytes.size());
  size_bytes_ += bytes.size();
  return {};
}

std::string StagedFile::xxh3_128() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(hash_.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

Result<std::unique_ptr<Staging>> Staging::open(const LocalTree& tree, bool syncs) {
  if (auto made = tree.make_folder(kFolder); !made) return tl::make_unexpected(made.error());
  if (auto set = tree.set_permissions(kFolder, kOwnerOnly); !set) {
    return tl::make_unexpected(set.error());
  }
  auto index = tree.open_file(index_path(), OpenMode::create);
  if (!index) return tl::make_unexpected(index.error());
  const auto locked = (*index)->try_lock();
  if (!locked) return tl::make_unexpected(locked.error());
  if (!*locked) {
    return fail(ErrorKind::disk, "another ftpull mirrors into this folder", {},
                "Wait until it has ended");
  }
  return std::unique_ptr<Staging>(new Staging(tree, syncs, *std::move(index)));
}

Result<std::vector<std::string>> Staging::read_index() const {
  const auto size = index_->size();
  if (!size) return tl::make_unexpected(size.error());
  std::string text(std::min(*size, kLongestIndexBytes), '\0');
  const auto got = index_->read_at(std::as_writable_bytes(std::span(text.data(), text.size())), 0);
  if (!got) return tl::make_unexpected(got.error());
  text.resize(*got);
  std::vector<std::string> lines;
  // What has no end was not written whole.
  for (size_t begin = 0, end = 0; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
  }
  return lines;
}

Result<uint64_t> Staging::recover() {
  const auto lines = read_index();
  if (!lines) return tl::make_unexpected(lines.error());
  // It may have been written just before the power went: what gets a name must be there.
  if (!lines->empty() && syncs_) {
    if (auto synced = tree_.sync_all(); !synced) return tl::make_unexpected(synced.error());
  }
  uint64_t recovered = 0;
  for (const std::string& line : *lines) {
    const auto named = recover_line(line);
    if (!named) return tl::make_unexpected(named.error());
    if (*named) ++recovered;
  }
  if (auto cleared = clear(); !cleared) return tl::make_unexpected(cleared.error());
  return recovered;
}

/// False where its file is not there, or not what the line says; that is then fetched again.
Result<bool> Staging::recover_line(const std::string& line) {
  std::string_view rest = line;
  const auto number = parse_decimal(take_word(rest));
  const auto size = parse_decimal(take_word(rest));
  take_word(rest);
  take_word(rest);
  const std::string digest(take_word(rest));
  const std::string path(rest);
  if (!number || !size || path.empty()) return false;
  const auto item = tree_.info(path_of(*number));
  const bool is_there = item && *item && (*item)->kind == LocalItem::Kind::file;
  if (!is_there || (*item)->size_bytes != *size) return false;
  const auto found = xxh3_128_of_file(tree_.disk(), path_of(*number), [] { return false; });
  if (!found || *found != digest) return false;
  return tree_.rename(path_of(*number), path).has_value();
}

/// Nothing but the index is left, and nothing is in that.
Status Staging::clear() {
  const auto items = tree_.list(kFolder);
  if (!items) return tl::make_unexpected(items.error());
  for (const LocalItem& item : items->value_or(std::vector<LocalItem>())) {
    if (item.name == "index" || item.kind == LocalItem::Kind::folder) continue;
    if (auto gone = tree_.remove(std::string(kFolder) + '/' + item.name); !gone) return gone;
  }
  index_bytes_ = 0;
  return index_->truncate(0);
}

Status Staging::seal(const std::vector<Complete*>& files) {
  std::string lines;
  for (Complete* const one : files) {
    StagedFile& file = *one->file;
    if (auto opened = file.open(); !opened) return opened;
    if (one->permissions) {
      if (auto set = tree_.set_permissions(path_of(file.number()), *one->permissions); !set) {
        return set;
      }
    }
    if (one->mtime) {
      if (auto set = file.file_->set_mtime(*one->mtime); !set) return set;
    }
    file.file_.reset();
    lines += line_of(*one);
  }
  if (auto written = index_->write_at(bytes_of(lines), index_bytes_); !written) return written;
  index_bytes_ += lines.size();
  return {};
}

Status Staging::publish(const std::vector<Complete*>& files) {
  if (failed_) return tl::make_unexpected(*failed_);
  if (syncs_) {
    if (auto synced = tree_.sync_all(); !synced) {
      // The kernel may have dropped what it could not write: another sync would tell nothing.
      failed_ = synced.error();
      return synced;
    }
  }
  for (Complete* const one : files) {
    const std::string from = path_of(one->file->number());
    if (auto named = tree_.rename(from, one->path); !named) {
      one->error = named.error();
      if (auto gone = tree_.remove(from); !gone) return gone;
    }
  }
  index_bytes_ = 0;
  return index_->truncate(0);
}

Status Staging::close() {
  if (auto cleared = clear(); !cleared) return cleared;
  if (auto gone = tree_.remove(index_path()); !gone) return gone;
  return tree_.remove_folder(kFolder);
}

}  // namespace ftpull::store
