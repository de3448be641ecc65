// The program's surroundings: its streams, whether they are terminals, and the clock. Commands get
// them as an argument, so that tests can read what a person would see.
#pragma once

#include <cstddef>
#include <istream>
#include <ostream>

#include "ftpull/error.h"

#include "core/time.h"

namespace ftpull::cli {

struct Console {
  std::istream& in;
  std::ostream& out;  // results for programs (--json), and what was asked for (--help, status)
  std::ostream& err;  // everything a person reads while a command works
  bool in_is_terminal = false;
  bool err_is_terminal = false;  // one that can redraw a line: false when TERM is "dumb"
  size_t (*width)() = nullptr;   // columns of the terminal, asked each time as it may be resized
  TimePoint (*now)() = nullptr;
  void (*pause)(Duration) = nullptr;  // lets so much time go by
};

/// Standard input, output and error of this process.
Console process_console();

/// Puts /dev/null in the place of each of the three that is closed, so that no other file gets its
/// number; opened such that using it still fails. False when that cannot be done.
bool occupy_standard_streams();

/// "ftpull: message; the server said "...". hint" as one line on standard error.
void print_error(Console& console, const Error& error);

/// print_error(), and the exit code that goes with it.
int give_up(Console& console, const Error& error);

/// Everything written to standard output is really there. Fails with disk.
Status flush_output(Console& console);

}  // namespace ftpull::cli
