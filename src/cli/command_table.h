// Every command, once, those that are not built yet included: the dispatch, --help and the
// suggestions are made from this table.
#pragma once

#include <span>
#include <string_view>

#include "ftpull/error.h"

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

struct CommandSpec {
  std::string_view name;
  unsigned bit;  // in OptionSpec::commands
  std::string_view usage;
  std::string_view description;
  /// Gives the exit code. Null: this version cannot do it yet.
  int (*run)(const Options& options, const Engine& engine, Console& console);
  std::string_view instead;  // what to do while `run` is null
};

/// The first one is what a command line without a command means.
std::span<const CommandSpec> command_table();

const CommandSpec* find_command(std::string_view name);

}  // namespace ftpull::cli
