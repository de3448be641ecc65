// What stands on disk under the final name, and whether the download may have that name.
#pragma once

#include <filesystem>

#include "ftpull/error.h"
#include "ftpull/fetch.h"

#include "ftp/inspect.h"
#include "store/disk.h"

namespace ftpull::transfer {

enum class TargetState {
  free,           // nothing is there
  already_there,  // the file with the size and time of the remote one: nothing to do
  replaceable,    // a file, and the user asked for it to be fetched again
  grown,          // the remote file is longer, and the user said that it only grows
};

/// Errors: usage when something else is there that must not be overwritten, disk when the folder is
/// missing or cannot be looked into. Touches nothing.
Result<TargetState> check_target(store::Disk& disk, const std::filesystem::path& target,
                                 const ftp::FileFacts& facts, bool restart, OnChange on_change);

}  // namespace ftpull::transfer
