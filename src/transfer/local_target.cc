#include "transfer/local_target.h"

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::transfer {
namespace {

std::string why_not_the_same(const store::FileInfo& local, const ftp::FileFacts& facts) {
  if (!facts.size_bytes) return "and the server does not tell the remote file's size";
  if (local.size_bytes != *facts.size_bytes) {
    return fmt::format("with {} bytes instead of {}", local.size_bytes, *facts.size_bytes);
  }
  if (!facts.mdtm) return "with the same size, but the server does not tell the remote file's time";
  return "with the same size and another time";
}

}  // namespace

Result<TargetState> check_target(store::Disk& disk, const std::filesystem::path& target,
                                 const ftp::FileFacts& facts, bool restart, OnChange on_change) {
  const auto local = disk.info(target);
  if (!local) return tl::make_unexpected(local.error());
  if (!local->has_value()) return TargetState::free;
  const store::FileInfo& there = **local;
  const std::string name = for_display(target.native());
  if (there.is_folder) {
    return fail(ErrorKind::usage, fmt::format("{} is a folder", name), {},
                fmt::format("To put the file into it, use -d {}", name));
  }
  if (!there.is_regular) {
    return fail(ErrorKind::usage, fmt::format("{} exists and is not a file", name), {},
                "Choose another name with -o");
  }
  if (restart) return TargetState::replaceable;
  const bool same =
      facts.size_bytes == there.size_bytes && facts.mdtm && facts.mdtm->unix_seconds == there.mtime;
  if (same) return TargetState::already_there;
  if (on_change == OnChange::refetch) return TargetState::replaceable;
  const bool is_longer = facts.size_bytes && there.size_bytes < *facts.size_bytes;
  if (on_change == OnChange::append && is_longer) return TargetState::grown;
  const char* const hint =
      is_longer ? "To fetch it again and replace it, add --restart; if the remote file only ever "
                  "grows, --on-change append fetches what is new; or choose another name with -o"
                : "To fetch it again and replace it, add --restart; or choose another name with -o";
  return fail(ErrorKind::usage, fmt::format("{} exists, {}", name, why_not_the_same(there, facts)),
              {}, hint);
}

}  // namespace ftpull::transfer
