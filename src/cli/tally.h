// Counts what became of several files, and makes one exit code of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

namespace ftpull::cli {

class Tally {
 public:
  void add_success() { ++total_; }
  void add_failure(ErrorKind kind);

  /// 0 when all succeeded; the failures' own code when all failed for the same reason (so one
  /// file's failure always has its own); else that of some_failed.
  int exit_code() const;

  /// "2 of 5 files failed"; none unless there were several and some failed.
  std::optional<std::string> closing_line(std::string_view what = "files failed") const;

 private:
  int total_ = 0;
  int failed_ = 0;
  int code_ = 0;  // of the failures; some_failed when they differ
};

}  // namespace ftpull::cli
