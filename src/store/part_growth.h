// Going on with a file that has grown on the server, a log for example. What is here of it is kept
// as its beginning when the data bears out its digests, and when the server proves that the
// beginning is the same: the first and the last whole segment are fetched again and must have the
// digests they had, and every range that goes on behind old bytes is compared with the last of
// them (Seam).
#pragma once

#include <filesystem>
#include <memory>

#include "store/disk.h"
#include "store/journal.h"
#include "store/read_pieces.h"

namespace ftpull::store {

class PartFile;

/// Writes the journal of the longer file over that of the shorter one and returns it, locked. Until
/// it is loaded and the data made longer, nothing in it counts without proof.
Result<std::unique_ptr<File>> grow_journal(Disk& disk, const std::filesystem::path& target,
                                           const Journal& then, const Identity& now);

/// Fills the beginning of a new part with the finished file that it is to replace. Of a file
/// shorter than a segment nothing is taken: fetching it again proves more.
Status grow_from_finished(Disk& disk, const std::filesystem::path& target, PartFile& part,
                          const StopAsked& stop_asked);

}  // namespace ftpull::store
