#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/disk.h"

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

tl::unexpected<Error> os_error(std::string_view what, const fs::path& path, int error) {
  return fail(ErrorKind::disk,
              fmt::format("cannot {} {}: {}", what, for_display(path.native()), strerror(error)),
              {}, remedy(error));
}

template <class Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class PosixFile final : public File {
 public:
  PosixFile(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { close(fd_); }

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
    if (lstat(path_.c_str(), &named) != 0) return false;
    return open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
  }

 private:
  const int fd_;
  const fs::path path_;
};

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const fs::path& path, OpenMode mode) override {
    int flags = O_CLOEXEC;
    mode_t permissions = 0;
    switch (mode) {
      case OpenMode::read:
        flags |= O_RDONLY;
        break;
      case OpenMode::update:
        flags |= O_RDWR | O_NOFOLLOW;
        break;
      case OpenMode::create:
        flags |= O_RDWR | O_NOFOLLOW | O_CREAT;
        permissions = 0600;
        break;
      case OpenMode::create_public:
        flags |= O_RDWR | O_NOFOLLOW | O_CREAT;
        permissions = 0666;
        break;
    }
    const int fd = retry_interrupted([&] { return ::open(path.c_str(), flags, permissions); });
    if (fd < 0) return os_error("open", path, errno);
    return std::make_unique<PosixFile>(fd, path);
  }

  Result<std::optional<FileInfo>> info(const fs::path& path) override {
    struct stat st {};
    if (stat(path.c_str(), &st) != 0) {
      // A dangling link is something that stands in the way, not nothing.
      if (errno == ENOENT && lstat(path.c_str(), &st) != 0) return std::nullopt;
      if (errno != ENOENT) return os_error("inspect", path, errno);
    }
    return FileInfo{S_ISDIR(st.st_mode), S_ISREG(st.st_mode), static_cast<uint64_t>(st.st_size),
                    st.st_mtime};
  }

  Status rename(const fs::path& from, const fs::path& to, bool replace) override {
    const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0) return {};
    // Some file systems know no flags; a check just before is the best they can do.
    if (!replace && (errno == EINVAL || errno == ENOSYS)) {
      if (access(to.c_str(), F_OK) == 0) return os_error("rename to", to, EEXIST);
      if (::rename(from.c_str(), to.c_str()) == 0) return {};
    }
    return os_error(fmt::format("rename {} to", for_display(from.native())), to, errno);
  }

  Status remove(const fs::path& path) override {
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return os_error("remove", path, errno);
    return {};
  }

  Status sync_folder(const fs::path& folder) override {
    const fs::path name = folder.empty() ? fs::path(".") : folder;
    const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return os_error("open", name, errno);
    const int result = fsync(fd);
    const int error = errno;
    close(fd);
    // EINVAL: the file system does not sync folders, and needs no sync.
    if (result != 0 && error != EINVAL) return os_error("flush to disk", name, error);
    return {};
  }

  std::string boot_id() override {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id;
  }
};

}  // namespace

Disk& posix_disk() {
  static PosixDisk disk;
  return disk;
}

}  // namespace ftpull::store
