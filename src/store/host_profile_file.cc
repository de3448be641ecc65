#include "store/host_profile_file.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/disk.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolderMode = 0700;
constexpr auto kLockPause = std::chrono::milliseconds(10);

tl::unexpected<Error> cannot_use(const fs::path& path, const std::string& reason) {
  return fail(ErrorKind::disk,
              fmt::format("cannot use {}, where what is learned of servers is kept: {}",
                          for_display(path.native()), reason));
}

Status make_folders(const fs::path& folder) {
  fs::path so_far;
  for (const fs::path& name : folder) {
    so_far /= name;
    if (mkdir(so_far.c_str(), kFolderMode) != 0 && errno != EEXIST) {
      const int error = errno;
      std::error_code unknown;
      if (!fs::is_directory(so_far, unknown)) return cannot_use(so_far, std::strerror(error));
    }
  }
  return {};
}

Result<std::unique_ptr<File>> locked(Disk& disk, const fs::path& path) {
  auto file = disk.open(path, OpenMode::create);
  if (!file) return file;
  for (auto waited = Duration::zero();; waited += kLockPause) {
    const auto taken = (*file)->try_lock();
    if (!taken) return tl::make_unexpected(taken.error());
    if (*taken) return file;
    if (waited >= kLockPatience) return cannot_use(path, "another process holds it locked");
    std::this_thread::sleep_for(kLockPause);
  }
}

Result<std::string> content(Disk& disk, const fs::path& path) {
  const auto info = disk.info(path);
  if (!info) return tl::make_unexpected(info.error());
  if (!*info) return std::string();
  // Opening a pipe would wait for somebody to write into it.
  if (!(*info)->is_regular) return cannot_use(path, "it is not a file");
  auto file = disk.open(path, OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  std::string text(kLongestProfilesBytes + 1, '\0');
  const auto size = (*file)->read_at(std::as_writable_bytes(std::span(text)), 0);
  if (!size) return tl::make_unexpected(size.error());
  text.resize(*size);
  return text;
}

Status replace(Disk& disk, const fs::path& path, const std::string& text) {
  // Left by a run that was killed, it is simply taken again: whoever holds the lock owns it.
  const fs::path fresh = fs::path(path) += ".new";
  {
    auto file = disk.open(fresh, OpenMode::create);
    if (!file) return tl::make_unexpected(file.error());
    auto written = (*file)->truncate(0).and_then(
        [&] { return (*file)->write_at(std::as_bytes(std::span(text)), 0); });
    if (!written) return written;
  }
  return disk.rename(fresh, path, /*replace=*/true);
}

}  // namespace

std::optional<fs::path> default_path(const Environment& environment) {
  const auto folder = [&](const char* variable) -> std::optional<fs::path> {
    const char* const value = environment(variable);
    if (value == nullptr || !fs::path(value).is_absolute()) return std::nullopt;
    return fs::path(value);
  };
  if (const auto cache = folder("XDG_CACHE_HOME")) return *cache / "ftpull" / "hosts.json";
  if (const auto home = folder("HOME")) return *home / ".cache" / "ftpull" / "hosts.json";
  return std::nullopt;
}

Result<HostProfiles> load(const fs::path& path, std::time_t now) {
  const auto text = content(posix_disk(), path);
  if (!text) return tl::make_unexpected(text.error());
  auto profiles = parse_profiles(*text, now);
  if (!profiles) return cannot_use(path, profiles.error().message);
  return profiles;
}

Status save(const fs::path& path, const std::string& key, const HostProfile& profile,
            std::time_t now) {
  if (!is_host_key(key)) {
    return fail(ErrorKind::usage, fmt::format("{} cannot be remembered: it is not clean text of at "
                                              "most {} bytes",
                                              for_display(key), kLongestHostKeyBytes));
  }
  const auto folder = make_folders(path.parent_path());
  if (!folder) return folder;
  Disk& disk = posix_disk();
  const auto lock = locked(disk, fs::path(path) += ".lock");
  if (!lock) return tl::make_unexpected(lock.error());
  // Whatever stands there that is no list of hosts gives way to one.
  HostProfiles profiles = load(path, now).value_or(HostProfiles());
  const auto [place, is_new] = profiles.try_emplace(key, profile);
  if (!is_new) place->second = merge(place->second, profile);
  return replace(disk, path, to_json(without_stale(std::move(profiles), now)));
}

}  // namespace ftpull::store
