// The program ftpull: takes what the process gives and hands it to the commands.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "ftpull/error.h"

#include "cli/console.h"
#include "cli/library_engine.h"
#include "cli/password.h"
#include "cli/run.h"
#include "cli/signals.h"

int main(int argc, char** argv) {
  // There may be nowhere to say why.
  if (!ftpull::cli::occupy_standard_streams()) return exit_code(ftpull::ErrorKind::disk);
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string before = arguments.empty() ? "" : arguments.back();
    arguments.emplace_back(argv[i]);
    ftpull::cli::wipe_password(argv[i], before);
  }
  ftpull::cli::take_write_errors_as_values();

  ftpull::cli::Console console = ftpull::cli::process_console();
  const ftpull::cli::LibraryEngine engine;
  const int code = ftpull::cli::run(arguments, engine, console);
  // A name look-up that hangs cannot be cancelled, and libuv waits for it when a process ends by
  // itself: a user who pressed Ctrl-C would wait with it.
  if (code != 0) {
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}
