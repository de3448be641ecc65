#include "store/posix_file.h"

#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

std::string remedy(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "Free some space, or choose another folder with -d, and start again";
    case EFBIG:
      return "The file system or ulimit -f does not allow a file of this size";
    case EACCES:
    case EPERM:
      return "Check the permissions, or choose another folder with -d";
    case EROFS:
      return "Choose a folder that can be written to with -d";
    case ENOENT:
      return "Create the folder first, or choose another one with -d";
    case ELOOP:
      return "Remove the symbolic link, or choose another name with -o";
    case EISDIR:
      return "Choose another name with -o";
    case ENAMETOOLONG:
      return "Choose a shorter name with -o";
    default:
      return {};
  }
}

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, int folder_fd, fs::path path)
      : owned_(std::move(fd)), fd_(owned_.get()), folder_fd_(folder_fd), path_(std::move(path)) {}

  Status write_at(std::span<const std::byte> bytes, uint64_t offset) override {
    while (!bytes.empty()) {
      const ssize_t n = retry_interrupted(
          [&] { return pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (n < 0) return os_error("write", path_, errno);
      // POSIX allows a write of nothing without a reason; asking for ever would hang.
      if (n == 0) return os_error("write", path_, EIO);
      bytes = bytes.subspan(static_cast<size_t>(n));
      offset += static_cast<uint64_t>(n);
    }
    return {};
  }

  Result<size_t> read_at(std::span<std::byte> bytes, uint64_t offset) override {
    size_t total = 0;
    while (total < bytes.size()) {
      const ssize_t n = retry_interrupted([&] {
        return pread(fd_, bytes.data() + total, bytes.size() - total,
                     static_cast<off_t>(offset + total));
      });
      if (n < 0) return os_error("read", path_, errno);
      if (n == 0) break;
      total += static_cast<size_t>(n);
    }
    return total;
  }

  Status allocate(uint64_t size_bytes) override {
    if (size_bytes == 0) return truncate(0);
    // Not posix_fallocate: where the file system cannot reserve, that one writes every block.
    if (retry_interrupted([&] { return fallocate(fd_, 0, 0, static_cast<off_t>(size_bytes)); }) ==
        0) {
      return {};
    }
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return truncate(size_bytes);
    return os_error(fmt::format("reserve {} bytes for", size_bytes), path_, errno);
  }

  Status truncate(uint64_t size_bytes) override {
    if (retry_interrupted([&] { return ftruncate(fd_, static_cast<off_t>(size_bytes)); }) != 0) {
      return os_error("set the length of", path_, errno);
    }
    return {};
  }

  Result<uint64_t> size() override {
    struct stat st {};
    if (fstat(fd_, &st) != 0) return os_error("inspect", path_, errno);
    return static_cast<uint64_t>(st.st_size);
  }

  Status sync_data() override {
    if (retry_interrupted([&] { return fdatasync(fd_); }) != 0) {
      return os_error("flush to disk", path_, errno);
    }
    return {};
  }

  Status drop_cached() override {
    const int error = posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED);
    return error == 0 ? Status() : os_error("read again from disk", path_, error);
  }

  Status set_mtime(std::time_t mtime) override {
    const timespec times[2] = {{0, UTIME_OMIT}, {mtime, 0}};
    if (futimens(fd_, times) != 0) return os_error("set the time of", path_, errno);
    return {};
  }

  Result<bool> try_lock() override {
    if (retry_interrupted([&] { return flock(fd_, LOCK_EX | LOCK_NB); }) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return os_error("lock", path_, errno);
  }

  Result<bool> still_named() override {
    struct stat open_file {};
    struct stat named {};
    if (fstat(fd_, &open_file) != 0) return os_error("inspect", path_, errno);
    if (fstatat(folder_fd_, path_.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) return false;
    return open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
  }

 private:
  const UniqueFd owned_;
  const int fd_;
  const int folder_fd_;
  const fs::path path_;
};

}  // namespace

tl::unexpected<Error> os_error(std::string_view what, const fs::path& path, int error) {
  return fail(ErrorKind::disk,
              fmt::format("cannot {} {}: {}", what, for_display(path.native()), strerror(error)),
              {}, remedy(error));
}

OpenFlags open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return {O_CLOEXEC | O_RDONLY};
    case OpenMode::update:
      return {O_CLOEXEC | O_RDWR | O_NOFOLLOW};
    case OpenMode::create:
      return {O_CLOEXEC | O_RDWR | O_NOFOLLOW | O_CREAT, 0600};
    case OpenMode::create_public:
      return {O_CLOEXEC | O_RDWR | O_NOFOLLOW | O_CREAT, 0666};
  }
  return {};
}

std::unique_ptr<File> posix_file(UniqueFd fd, int folder_fd, fs::path path) {
  return std::make_unique<PosixFile>(std::move(fd), folder_fd, std::move(path));
}

}  // namespace ftpull::store
