// ftpull verify --manifest: compares a folder with what a mirror wrote of it.
#pragma once

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

/// Gives the exit code: 7 when a file is not as the manifest says. `options` have one word.
int run_verify_manifest(const Options& options, const Engine& engine, Console& console);

}  // namespace ftpull::cli
