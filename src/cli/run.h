// The program without its process: what main() does once it has its streams.
#pragma once

#include <span>
#include <string>

#include "cli/console.h"
#include "cli/engine.h"

namespace ftpull::cli {

/// Gives the exit code. `arguments` are those of main() without the program's name.
int run(std::span<const std::string> arguments, const Engine& engine, Console& console);

}  // namespace ftpull::cli
