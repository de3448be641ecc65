// The names of a download's files on disk, and what is done to them by name.
//
// clang-format off
//   TARGET                the finished file
//   TARGET.part           its data until then
//   TARGET.part.journal   what of the data is there
//   TARGET.part.old-N     data that could not be gone on with, set aside
//   TARGET.part.old-N.journal
//   TARGET.digests        the journal of a finished file whose digests are kept
// clang-format on
#pragma once

#include <filesystem>
#include <string>

#include "ftpull/error.h"

#include "store/disk.h"

namespace ftpull::store {

std::filesystem::path part_path(const std::filesystem::path& target);
std::filesystem::path journal_path(const std::filesystem::path& target);
/// A journal that is being written to take the place of the one there is.
std::filesystem::path next_journal_path(const std::filesystem::path& target);
std::filesystem::path digests_path(const std::filesystem::path& target);
/// TARGET of any of the first three names and of TARGET.digests.
std::filesystem::path target_of(const std::filesystem::path& name);
/// As Disk::sync_folder takes it.
std::filesystem::path folder_of(const std::filesystem::path& target);

/// Gives part and journal names that nothing has; returns the part's. Without a journal of its own
/// the one there is, made for its lock, is removed.
Result<std::filesystem::path> set_aside(Disk& disk, const std::filesystem::path& target,
                                        bool has_journal);

/// Removes part and journal.
Status remove_part(Disk& disk, const std::filesystem::path& target);

/// Opens the journal, made when missing, and locks it. Fails with disk when another has the lock.
Result<std::unique_ptr<File>> lock_journal(Disk& disk, const std::filesystem::path& target);

}  // namespace ftpull::store
