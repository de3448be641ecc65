#include "cli/run.h"

#include "cli/command_table.h"
#include "cli/help.h"
#include "cli/options.h"

namespace ftpull::cli {

int run(std::span<const std::string> arguments, const Engine& engine, Console& console) {
  const Result<Options> options = parse_options(arguments);
  if (!options) return give_up(console, options.error());
  if (!options->help && !options->version) return options->command->run(*options, engine, console);

  console.out << (options->help ? help_text() : version_text());
  const Status written = flush_output(console);
  return written ? 0 : give_up(console, written.error());
}

}  // namespace ftpull::cli
