#include "cli/console.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <string_view>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace ftpull::cli {
namespace {

constexpr size_t kUsualWidth = 80;  // when the terminal does not tell

size_t terminal_width() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
  return known ? size.ws_col : kUsualWidth;
}

bool terminal_is_dumb() {
  const char* const term = std::getenv("TERM");
  return term == nullptr || std::string_view(term) == "dumb";
}

}  // namespace

Console process_console() {
  return Console{.in = std::cin,
                 .out = std::cout,
                 .err = std::cerr,
                 .in_is_terminal = isatty(STDIN_FILENO) == 1,
                 .err_is_terminal = isatty(STDERR_FILENO) == 1 && !terminal_is_dumb(),
                 .width = terminal_width,
                 .now = [] { return TimePoint(std::chrono::steady_clock::now()); },
                 .pause = [](Duration time) { std::this_thread::sleep_for(time); }};
}

bool occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    // open() gives the lowest number that is free, and those below `fd` are not.
    const int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) != fd) return false;
  }
  return true;
}

void print_error(Console& console, const Error& error) {
  console.err << "ftpull: " << describe(error) << '\n' << std::flush;
}

int give_up(Console& console, const Error& error) {
  print_error(console, error);
  return exit_code(error.kind);
}

Status flush_output(Console& console) {
  if (console.out.flush()) return {};
  return fail(ErrorKind::disk, "standard output cannot be written", {},
              "Check the disk or the program that it goes to");
}

}  // namespace ftpull::cli
