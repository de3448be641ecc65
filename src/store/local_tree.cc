#include "store/local_tree.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "store/posix_file.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kPermissionBits = 07777;

bool is_within(std::string_view path) {
  if (path.empty() || path.find('\0') != path.npos) return false;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

/// Empty where the kernel, or what guards it, does not know the call.
std::optional<UniqueFd> open_by_kernel(int root, const std::string& path, int flags,
                                       unsigned permissions) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags);
  how.mode = (flags & O_CREAT) != 0 ? permissions : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const auto fd =
      retry_interrupted([&] { return syscall(SYS_openat2, root, path.c_str(), &how, sizeof how); });
  if (fd >= 0) return UniqueFd(static_cast<int>(fd));
  if (errno == ENOSYS || errno == EPERM) return std::nullopt;
  return UniqueFd();
}

LocalItem::Kind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return LocalItem::Kind::file;
  if (S_ISDIR(mode)) return LocalItem::Kind::folder;
  if (S_ISLNK(mode)) return LocalItem::Kind::link;
  return LocalItem::Kind::other;
}

/// Empty when it has gone meanwhile.
Result<std::optional<LocalItem>> item_at(int folder, const std::string& name) {
  struct stat st {};
  if (fstatat(folder, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return os_error("inspect", name, errno);
  }
  LocalItem item{name,        kind_of(st.st_mode),          static_cast<uint64_t>(st.st_size),
                 st.st_mtime, st.st_mode & kPermissionBits, {}};
  if (item.kind == LocalItem::Kind::link) {
    std::string target(PATH_MAX, '\0');
    const ssize_t n = readlinkat(folder, name.c_str(), target.data(), target.size());
    if (n >= 0) item.target.assign(target, 0, static_cast<size_t>(n));
  }
  return item;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

/// As PosixDisk is, from the tree's handle.
class LocalTree::RootedDisk final : public Disk {
 public:
  explicit RootedDisk(const LocalTree& tree) : tree_(tree) {}

  Result<std::unique_ptr<File>> open(const fs::path& path, OpenMode mode) override {
    return tree_.open_file(path.native(), mode);
  }

  Result<std::optional<FileInfo>> info(const fs::path& path) override {
    return tree_.info(path.native()).map([](const std::optional<LocalItem>& item) {
      if (!item) return std::optional<FileInfo>();
      return std::optional(FileInfo{item->kind == LocalItem::Kind::folder,
                                    item->kind == LocalItem::Kind::file, item->size_bytes,
                                    static_cast<std::time_t>(item->mtime)});
    });
  }

  Status rename(const fs::path& from, const fs::path& to, bool replace) override {
    return replace ? tree_.rename(from.native(), to.native())
                   : tree_.move_to(tree_, from.native(), to.native());
  }

  Status remove(const fs::path& path) override { return tree_.remove(path.native()); }

  Status sync_folder(const fs::path& folder) override {
    const std::string name = folder == "." ? std::string() : folder.native();
    const auto fd = tree_.open_folder(name);
    if (!fd) return tl::make_unexpected(fd.error());
    // EINVAL: the file system does not sync folders, and needs no sync.
    if (fsync(fd->get()) != 0 && errno != EINVAL) return os_error("flush to disk", folder, errno);
    return {};
  }

  std::string boot_id() override { return posix_disk().boot_id(); }

 private:
  const LocalTree& tree_;
};

LocalTree::LocalTree(UniqueFd root, Resolve resolve)
    : root_(std::move(root)), resolve_(resolve), disk_(std::make_unique<RootedDisk>(*this)) {}

LocalTree::~LocalTree() = default;

Result<std::unique_ptr<LocalTree>> LocalTree::open(const fs::path& folder, Resolve resolve) {
  const fs::path name = folder.empty() ? fs::path(".") : folder;
  UniqueFd root(
      retry_interrupted([&] { return ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!root) return os_error("open the folder", name, errno);
  return std::unique_ptr<LocalTree>(new LocalTree(std::move(root), resolve));
}

Result<UniqueFd> LocalTree::open_at(const std::string& path, int flags,
                                    unsigned permissions) const {
  if (!is_within(path)) {
    return os_error("open", path, EXDEV);
  }
  if (resolve_ == Resolve::by_kernel) {
    auto opened = open_by_kernel(root_.get(), path, flags | O_CLOEXEC, permissions);
    if (opened && *opened) return std::move(*opened);
    if (opened) return os_error("open", path, errno);
  }
  return open_by_parts(path, flags, permissions);
}

Result<UniqueFd> LocalTree::open_by_parts(const std::string& path, int flags,
                                          unsigned permissions) const {
  UniqueFd folder;
  size_t begin = 0;
  while (true) {
    const int from = folder ? folder.get() : root_.get();
    const size_t end = path.find('/', begin);
    const std::string part = path.substr(begin, end - begin);
    const bool is_last = end == path.npos;
    const int how = (is_last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd next(retry_interrupted([&] { return openat(from, part.c_str(), how, permissions); }));
    if (!next) return os_error("open", path, errno);
    if (is_last) return next;
    folder = std::move(next);
    begin = end + 1;
  }
}

Result<UniqueFd> LocalTree::open_folder(const std::string& path) const {
  if (!path.empty()) return open_at(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  UniqueFd same(openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!same) return os_error("open", ".", errno);
  return same;
}

Result<LocalTree::Place> LocalTree::place_of(const std::string& path) const {
  if (!is_within(path)) return os_error("open", path, EXDEV);
  const size_t slash = path.rfind('/');
  const bool is_top = slash == path.npos;
  return open_folder(is_top ? std::string() : path.substr(0, slash)).map([&](UniqueFd folder) {
    return Place{std::move(folder), is_top ? path : path.substr(slash + 1)};
  });
}

Result<std::optional<std::vector<LocalItem>>> LocalTree::list(const std::string& path) const {
  if (!path.empty()) {
    const auto its = info(path);
    if (!its) return tl::make_unexpected(its.error());
    if (!*its || (*its)->kind != LocalItem::Kind::folder) return std::nullopt;
  }
  auto fd = open_folder(path);
  if (!fd) return tl::make_unexpected(fd.error());
  const int copy = fcntl(fd->get(), F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, CloseFolder> folder(copy < 0 ? nullptr : fdopendir(copy));
  if (!folder) return os_error("list", path, errno);
  std::vector<LocalItem> items;
  errno = 0;
  while (const dirent* const entry = readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    auto item = item_at(fd->get(), name);
    if (!item) return tl::make_unexpected(item.error());
    if (*item) items.push_back(std::move(**item));
    errno = 0;
  }
  if (errno != 0) return os_error("list", path, errno);
  return items;
}

Result<std::optional<LocalItem>> LocalTree::info(const std::string& path) const {
  const size_t slash = path.rfind('/');
  if (slash != path.npos) {
    // Where one of the folders above is missing, so is what would be in it.
    const auto above = info(path.substr(0, slash));
    if (!above || !*above) return above;
    if ((*above)->kind != LocalItem::Kind::folder) return std::nullopt;
  }
  const auto place = place_of(path);
  if (!place) return tl::make_unexpected(place.error());
  return item_at(place->folder.get(), place->name);
}

Status LocalTree::make_folder(const std::string& path) const {
  const auto place = place_of(path);
  if (!place) return tl::make_unexpected(place.error());
  if (mkdirat(place->folder.get(), place->name.c_str(), 0777) == 0) return {};
  const int error = errno;
  if (error == EEXIST) {
    const auto there = item_at(place->folder.get(), place->name);
    if (there && *there && (*there)->kind == LocalItem::Kind::folder) return {};
  }
  return os_error("make the folder", path, error);
}

Status LocalTree::make_link(const std::string& path, const std::string& target) const {
  const auto place = place_of(path);
  if (!place) return tl::make_unexpected(place.error());
  if (symlinkat(target.c_str(), place->folder.get(), place->name.c_str()) == 0) return {};
  return os_error("make the link", path, errno);
}

Status LocalTree::remove(const std::string& path) const {
  const auto place = place_of(path);
  if (!place) return tl::make_unexpected(place.error());
  if (unlinkat(place->folder.get(), place->name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return os_error("remove", path, errno);
}

Status LocalTree::remove_folder(const std::string& path) const {
  const auto place = place_of(path);
  if (!place) return tl::make_unexpected(place.error());
  const int result = unlinkat(place->folder.get(), place->name.c_str(), AT_REMOVEDIR);
  if (result == 0 || errno == ENOENT) return {};
  return os_error("remove the folder", path, errno);
}

Status LocalTree::rename(const std::string& from, const std::string& to) const {
  const auto source = place_of(from);
  if (!source) return tl::make_unexpected(source.error());
  const auto target = place_of(to);
  if (!target) return tl::make_unexpected(target.error());
  if (renameat(source->folder.get(), source->name.c_str(), target->folder.get(),
               target->name.c_str()) == 0) {
    return {};
  }
  return os_error("rename to", to, errno);
}

Status LocalTree::move_to(const LocalTree& other, const std::string& from,
                          const std::string& to) const {
  const auto source = place_of(from);
  if (!source) return tl::make_unexpected(source.error());
  const auto target = other.place_of(to);
  if (!target) return tl::make_unexpected(target.error());
  const int from_fd = source->folder.get();
  const int to_fd = target->folder.get();
  const char* const from_name = source->name.c_str();
  const char* const to_name = target->name.c_str();
  if (renameat2(from_fd, from_name, to_fd, to_name, RENAME_NOREPLACE) == 0) return {};
  // Some file systems know no flags; a check just before is the best they can do.
  if (errno == EINVAL || errno == ENOSYS) {
    if (faccessat(to_fd, to_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
      return os_error("move to", to, EEXIST);
    }
    if (renameat(from_fd, from_name, to_fd, to_name) == 0) return {};
  }
  return os_error("move to", to, errno);
}

Status LocalTree::set_permissions(const std::string& path, unsigned permissions) const {
  const auto fd = open_at(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return tl::make_unexpected(fd.error());
  if (fchmod(fd->get(), permissions & kPermissionBits) == 0) return {};
  return os_error("set the permissions of", path, errno);
}

Status LocalTree::sync_all() const {
  if (syncfs(root_.get()) == 0) return {};
  return os_error("flush to disk", ".", errno);
}

Result<std::unique_ptr<File>> LocalTree::open_file(const std::string& path, OpenMode mode) const {
  const OpenFlags how = open_flags(mode);
  return open_at(path, how.flags, how.permissions).map([&](UniqueFd fd) {
    return posix_file(std::move(fd), root_.get(), path);
  });
}

}  // namespace ftpull::store
