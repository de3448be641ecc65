#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/disk.h"
#include "store/posix_file.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const fs::path& path, OpenMode mode) override {
    const OpenFlags how = open_flags(mode);
    UniqueFd fd(
        retry_interrupted([&] { return ::open(path.c_str(), how.flags, how.permissions); }));
    if (!fd) return os_error("open", path, errno);
    return posix_file(std::move(fd), AT_FDCWD, path);
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
