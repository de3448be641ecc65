// ftpull verify: reads again what is on disk, compares it with the digests that were kept while it
// came, and with --repair fetches again what is bad.
#pragma once

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

/// Gives the exit code. What can be wrong with the command line, the URL and the password of
/// --repair included, is found before anything is read. Connects to nobody unless something is bad
/// and there is a --repair. A path that fails does not keep the others from being read.
int run_verify(const Options& options, const Engine& engine, Console& console);

}  // namespace ftpull::cli
