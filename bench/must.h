// A measurement that cannot go on ends: what went wrong goes to stderr, after the program's name,
// and the exit code is 1.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "ftpull/error.h"

namespace ftpull::bench {

[[noreturn]] inline void die(const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, what.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) die(describe(result.error()));
  return std::move(*result);
}

inline void check(const Status& status) {
  if (!status) die(describe(status.error()));
}

}  // namespace ftpull::bench
