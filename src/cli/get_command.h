// ftpull get: fetches files one after the other.
#pragma once

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

/// Gives the exit code. Everything that can be wrong with the command line is found before anything
/// is fetched; after that a failure of one file does not keep the others from being fetched, except
/// an interruption.
int run_get(const Options& options, const Engine& engine, Console& console);

}  // namespace ftpull::cli
