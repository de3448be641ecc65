#include "cli/tally.h"

#include <fmt/format.h>

namespace ftpull::cli {

void Tally::add_failure(ErrorKind kind) {
  const int code = ftpull::exit_code(kind);
  code_ = failed_ == 0 || code == code_ ? code : ftpull::exit_code(ErrorKind::some_failed);
  ++total_;
  ++failed_;
}

int Tally::exit_code() const {
  if (failed_ == 0) return 0;
  return failed_ == total_ ? code_ : ftpull::exit_code(ErrorKind::some_failed);
}

std::optional<std::string> Tally::closing_line(std::string_view what) const {
  if (failed_ == 0 || total_ < 2) return std::nullopt;
  return fmt::format("{} of {} {}", failed_, total_, what);
}

}  // namespace ftpull::cli
