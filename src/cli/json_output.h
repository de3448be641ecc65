// The lines of --json: one object each, with no line end in it. Keys are only ever added.
//
// Text that is not UTF-8 (file names may be anything) has its odd bytes replaced by U+FFFD.
#pragma once

#include <string>

#include "ftpull/part_status.h"

#include "cli/outcome.h"

namespace ftpull::cli {

/// {"url","path","status","bytes","fetched_bytes","resumed_bytes","seconds","connections",
/// "xxh3_128","checksums","error"}; null where there is nothing to tell. "status" is "fetched",
/// "already_there", "dry_run" or "failed"; "error" is null or {"kind","reply","message"}.
std::string outcome_json(const Outcome& outcome);

/// {"path","part","journal","url","size","done_bytes","durable_bytes","segment_bytes","mdtm",
/// "created","in_use","map"}.
std::string part_status_json(const PartStatus& status);

}  // namespace ftpull::cli
