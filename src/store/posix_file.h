// A store::File on a file descriptor, and errors in the words of the operating system: what the
// disk of the program and a LocalTree have in common.
#pragma once

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>

#include "core/unique_fd.h"
#include "store/disk.h"

namespace ftpull::store {

/// "cannot WHAT PATH: reason", with what to do about it.
tl::unexpected<Error> os_error(std::string_view what, const std::filesystem::path& path, int error);

/// Again and again while a signal gets in its way.
template <class Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// As open(2) takes them.
struct OpenFlags {
  int flags = 0;
  unsigned permissions = 0;
};
OpenFlags open_flags(OpenMode mode);

/// `path` is its name from the folder that `folder_fd` is, which may be AT_FDCWD and must stay open
/// as long as the file.
std::unique_ptr<File> posix_file(UniqueFd fd, int folder_fd, std::filesystem::path path);

}  // namespace ftpull::store
