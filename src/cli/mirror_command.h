// ftpull mirror: makes a local folder equal to one on a server.
#pragma once

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

/// Gives the exit code, with --loop that of the run that ended the loop. What can be wrong with the
/// command line, the rules of --filter-from included, is found before anybody is connected to.
int run_mirror(const Options& options, const Engine& engine, Console& console);

}  // namespace ftpull::cli
