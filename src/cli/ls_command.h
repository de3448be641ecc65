// ftpull ls: lists folders of a server, or tells what the server can do.
#pragma once

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

/// Gives the exit code. What can be wrong with the command line is found before anybody is
/// connected to. Folders are printed as they come, in any order; one that cannot be listed, and one
/// whose listing has lines that cannot be used, is named on standard error and counts as failed.
int run_ls(const Options& options, const Engine& engine, Console& console);

}  // namespace ftpull::cli
