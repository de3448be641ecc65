// What a mirror does and came to, in words. Names are cleaned and never cut.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/mirror.h"

#include "cli/json_output.h"

namespace ftpull::cli {

/// While there may be more: "12,345 files, 3.4 TiB so far, still listing; 1,200 fetched (1.10 GiB),
/// 35.0 MiB/s, 8 connections". Then: "32%, 4,000 of 12,345 files, 1.1 GiB of 3.4 TiB, 35.0 MiB/s,
/// ETA 1:02, 8 connections", where what was here already is done, and 100% is said only when all
/// is. In at most `width` bytes: with shorter words, and then with less from the right.
std::string format_mirror_progress(const MirrorProgress& progress,
                                   size_t width = std::string::npos);

/// What an item is called in messages: "a/b.txt"; "a/" when a folder, "." when the tree itself.
std::string shown_item(const MirrorItem& item);

/// "fetch a/b.txt (1.20 MiB)", "replace a/b.txt (1.20 MiB)", "keep c", "link d", "make a/",
/// "remove e"; `done`: "fetched a/b.txt (1.20 MiB)" and so on. Empty for what went wrong.
std::string action_line(const MirrorItem& item, bool done);

/// Some lines: how much was listed, what became of it, in what time.
std::vector<std::string> statement_lines(const MirrorRun& run);

/// "complete: DIR is what ftp://host/ has", for a run in which nothing went wrong.
std::string complete_line(const MirrorRun& run);

/// "not complete: 3 files failed, 1 folder could not be listed; ...", when something did; none
/// when all is there.
std::optional<std::string> incomplete_line(const MirrorRun& run);

/// "a/b.txt: missing".
std::string fault_line(const ManifestFault& fault);

/// "all 123 files are as the manifest says", "2 of 123 files are not as the manifest says".
std::string verdict_line(const ManifestVerdict& verdict);

}  // namespace ftpull::cli
