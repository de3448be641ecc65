// The file where what was learned of servers stands from one run to the next (host_profiles.h).
//
// It is a cache: whoever fetches goes on without it. So every error here is a message for the log,
// never that of a download. The file is 0600 and a folder made for it 0700, because it says which
// servers somebody uses. It is replaced as a whole, under a lock beside it (`hosts.json.lock`), so
// that runs at the same time lose nothing of each other; it is not flushed.
//
// Blocks, save() up to kLockPatience: not for the loop's thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

#include "store/host_profiles.h"

namespace ftpull::store {

/// The value of an environment variable, null when it is not set: as std::getenv.
using Environment = std::function<const char*(const char*)>;

// The lock is held while one small file is read and written.
constexpr std::chrono::milliseconds kLockPatience{1'000};

/// $XDG_CACHE_HOME/ftpull/hosts.json, else $HOME/.cache/ftpull/hosts.json. Neither set to an
/// absolute path (others are to be ignored, says the XDG Base Directory Specification): no cache.
std::optional<std::filesystem::path> default_path(const Environment& environment);

/// Without what is stale at `now`. A file that does not exist is empty; one that cannot be read or
/// is something else fails with disk.
Result<HostProfiles> load(const std::filesystem::path& path, std::time_t now);

/// Merges `profile` into what stands in the file at this moment. A file that is something else is
/// replaced. Fails with usage when `key` cannot be remembered, else with disk.
Status save(const std::filesystem::path& path, const std::string& key, const HostProfile& profile,
            std::time_t now);

}  // namespace ftpull::store
