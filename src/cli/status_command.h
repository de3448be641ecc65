// ftpull status: what an unfinished download has on disk. Reads, changes nothing.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "ftpull/part_status.h"

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

/// Gives the exit code.
int run_status(const Options& options, const Engine& engine, Console& console);

/// The text for a person, a few lines with a line end each.
std::string format_part_status(const PartStatus& status, std::time_t now, size_t width);

/// `map` in at most `longest` characters, each for the same number of segments: '#' all of them are
/// done, '.' none is begun, '+' anything between. `segments_each` tells how many.
std::string reduce_map(std::string_view map, size_t longest, size_t& segments_each);

/// "20260131120000" (RFC 3659 time-val) as "2026-01-31 12:00:00 UTC"; anything else as it is.
std::string format_mdtm(std::string_view mdtm);

}  // namespace ftpull::cli
