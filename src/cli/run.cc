#include "cli/run.h"

#include "cli/command_table.h"
#include "cli/help.h"
#include "cli/options.h"

namespace ftpull::cli {

int run(std::span<const std::string> arguments, const Engine& engine, Console& console) {
  const Result<Options> options = parse_options(arguments);
  if (!options) {
    print_error(console, options.error());
    return exit_code(options.error().kind);
  }
  if (!options->help && !options->version) return options->command->run(*options, engine, console);

  console.out << (options->help ? help_text() : version_text());
  const Status written = flush_output(console);
  if (written) return 0;
  print_error(console, written.error());
  return exit_code(written.error().kind);
}

}  // namespace ftpull::cli
