// verify_manifest(): compares a folder with a manifest. See include/ftpull/mirror.h.
//
// The manifest may come from anywhere, so it must not lead out of the folder: each part of a path
// is opened below the one before, no link is followed, and a path that climbs is not opened at all;
// the file is then missing. A line of the manifest that cannot be read is a fault too, of kind
// unreadable and without a path: of some file it is not known how it should be.
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ftpull/mirror.h"

#include "core/text.h"
#include "core/xxh3.h"
#include "store/file_digest.h"
#include "store/manifest_format.h"

namespace ftpull {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadSize = 1024 * 1024;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

int open_at(int folder, const char* name, int flags) {
  int fd = 0;
  do {
    fd = openat(folder, name, flags | O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

bool stays_below(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  for (;;) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    if (part.size() == path.size()) return true;
    path.remove_prefix(part.size() + 1);
  }
}

/// Something that can be there or not, but for what does not say so.
ManifestFault::Kind kind_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:  // a file, or a link, where a folder should be
    case ELOOP:    // a link
    case ENAMETOOLONG:
    case ENXIO:  // a socket
      return ManifestFault::Kind::missing;
    default:
      return ManifestFault::Kind::unreadable;
  }
}

using MaybeFault = std::optional<ManifestFault::Kind>;

class Comparison {
 public:
  Comparison(Fd folder, const std::function<void(const ManifestFault&)>& found)
      : folder_(std::move(folder)), found_(found), buffer_(kReadSize) {}

  void compare(const store::ManifestRecord& record) {
    ++verdict_.files;
    const MaybeFault fault = fault_of(record);
    if (fault) tell({record.path, *fault});
  }

  void miss_line() { tell({"", ManifestFault::Kind::unreadable}); }

  const ManifestVerdict& verdict() const { return verdict_; }

 private:
  void tell(const ManifestFault& fault) {
    ++verdict_.faults;
    if (found_) found_(fault);
  }

  MaybeFault fault_of(const store::ManifestRecord& record) {
    if (!stays_below(record.path)) return ManifestFault::Kind::missing;
    const Fd file = open(record.path);
    if (!file.is_open()) return kind_of(errno);
    struct stat st {};
    if (fstat(file.get(), &st) != 0) return ManifestFault::Kind::unreadable;
    if (!S_ISREG(st.st_mode)) return ManifestFault::Kind::missing;
    if (record.size_bytes && *record.size_bytes != static_cast<uint64_t>(st.st_size)) {
      return ManifestFault::Kind::other_size;
    }
    if (record.xxh3_128.empty()) {
      ++verdict_.without_digest;
      return std::nullopt;
    }
    const std::optional<std::string> digest = digest_of(file);
    if (!digest) return ManifestFault::Kind::unreadable;
    if (*digest != record.xxh3_128) return ManifestFault::Kind::other_content;
    return std::nullopt;
  }

  /// Leaves errno as it was set where the way to the file ended.
  Fd open(std::string path) const {
    Fd folder(-1);
    char* part = path.data();
    for (char* slash = std::strchr(part, '/'); slash != nullptr; slash = std::strchr(part, '/')) {
      *slash = '\0';
      Fd next(
          open_at(folder.is_open() ? folder.get() : folder_.get(), part, O_DIRECTORY | O_NOFOLLOW));
      if (!next.is_open()) return next;
      folder = std::move(next);
      part = slash + 1;
    }
    // Opening a pipe would wait for somebody to write into it.
    return Fd(
        open_at(folder.is_open() ? folder.get() : folder_.get(), part, O_NOFOLLOW | O_NONBLOCK));
  }

  std::optional<std::string> digest_of(const Fd& file) {
    posix_fadvise(file.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    store::FileDigest digest;
    for (;;) {
      const ssize_t read = ::read(file.get(), buffer_.data(), buffer_.size());
      if (read == 0) return digest.hex();
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return std::nullopt;
      digest.add(std::span(buffer_).first(static_cast<size_t>(read)));
      verdict_.bytes += static_cast<uint64_t>(read);
    }
  }

  const Fd folder_;
  const std::function<void(const ManifestFault&)>& found_;
  std::vector<std::byte> buffer_;
  ManifestVerdict verdict_;
};

Result<Fd> open_folder(const fs::path& folder) {
  // This one the caller named: links on the way to it are meant.
  Fd fd(open_at(AT_FDCWD, folder.empty() ? "." : folder.c_str(), O_DIRECTORY));
  if (fd.is_open()) return fd;
  return fail(ErrorKind::disk,
              fmt::format("cannot open the folder {}: {}", for_display(folder.native()),
                          std::strerror(errno)),
              {}, "Name the folder that the manifest was written for");
}

/// Of several lines with the same path the last one is right: the numbers of the others, sorted.
Result<std::vector<uint64_t>> outdated_lines(const fs::path& manifest) {
  struct Place {
    uint64_t path_high;
    uint64_t path_low;
    uint64_t line;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  const Status read = store::scan_manifest(
      store::posix_disk(), manifest, [&](uint64_t line, const store::ManifestRecord* record) {
        if (record == nullptr) return;
        const XXH128_hash_t hash = XXH3_128bits(record->path.data(), record->path.size());
        places.push_back({hash.high64, hash.low64, line});
      });
  if (!read) return tl::make_unexpected(read.error());
  std::ranges::sort(places);
  std::vector<uint64_t> outdated;
  for (size_t i = 1; i < places.size(); ++i) {
    const bool same_path = places[i - 1].path_high == places[i].path_high &&
                           places[i - 1].path_low == places[i].path_low;
    if (same_path) outdated.push_back(places[i - 1].line);
  }
  std::ranges::sort(outdated);
  return outdated;
}

}  // namespace

Result<ManifestVerdict> verify_manifest(const fs::path& manifest, const fs::path& folder,
                                        const std::function<void(const ManifestFault&)>& found) {
  const auto outdated = outdated_lines(manifest);
  if (!outdated) return tl::make_unexpected(outdated.error());
  auto opened = open_folder(folder);
  if (!opened) return tl::make_unexpected(opened.error());
  Comparison comparison(std::move(*opened), found);
  const Status read = store::scan_manifest(
      store::posix_disk(), manifest, [&](uint64_t line, const store::ManifestRecord* record) {
        if (record == nullptr) {
          comparison.miss_line();
        } else if (!std::ranges::binary_search(*outdated, line)) {
          comparison.compare(*record);
        }
      });
  if (!read) return tl::make_unexpected(read.error());
  return comparison.verdict();
}

}  // namespace ftpull
