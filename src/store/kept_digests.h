// The digests of a finished file, kept beside it as TARGET.digests: its journal, in which every
// segment is finished. They tell later whether the file is still what came from the server, and
// which of its segments are not.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "core/range.h"
#include "store/disk.h"
#include "store/journal.h"
#include "store/read_pieces.h"

namespace ftpull::store {

/// Reads a finished file of which no digests were kept while it came. Size and segments are taken
/// from the data, the rest of the identity from its download.
Status write_digests(Disk& disk, const std::filesystem::path& target, File& data, Identity identity,
                     const StopAsked& stop_asked = {});

/// Of a journal that a crash after the rename left beside the finished file makes its kept digests,
/// when those are wanted or there are some of what the file was before; otherwise it is removed.
/// One that is in use, or that has a part, is not touched.
Status settle_leftover_journal(Disk& disk, const std::filesystem::path& target, bool keep_digests);

/// Reads all segments that the journal calls finished and gives those that differ, in order,
/// neighbours joined; also tails of unfinished ones. `advanced` hears how many bytes were read.
Result<std::vector<Range>> find_bad_ranges(const Journal& journal, File& data,
                                           const std::function<void(uint64_t)>& advanced);

/// Makes an unfinished download of a finished file whose `bad` ranges are to be fetched again: the
/// file loses its name and becomes TARGET.part, what is not bad is there, what is bad must have its
/// kept digest when it comes. Fails with changed when the remote file's size is another, with disk
/// when there is an unfinished download already.
Status reopen_finished(Disk& disk, const std::filesystem::path& target, const Identity& identity,
                       const std::vector<Range>& bad);

}  // namespace ftpull::store
