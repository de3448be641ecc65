// What went wrong in many runs of one test: all are counted and a few are shown, so that one cause
// does not hide another.
#pragma once

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "ftpull/error.h"

namespace ftpull::crash {

class Failures {
 public:
  /// `run` is how to find it again: its seed, the operation at which it crashed.
  void add(const std::string& run, const Error& error) {
    constexpr size_t kMostShown = 10;
    ++count_;
    const std::string what = describe(error);
    if (shown_.size() < kMostShown && shown_.insert(kind_of(what)).second) {
      MESSAGE(run << ": " << what);
    }
  }

  uint64_t count() const { return count_; }

 private:
  /// Without its numbers.
  static std::string kind_of(std::string what) {
    std::erase_if(what, [](char c) { return c >= '0' && c <= '9'; });
    return what;
  }

  std::set<std::string> shown_;
  uint64_t count_ = 0;
};

}  // namespace ftpull::crash
