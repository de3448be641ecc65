// The files that are being fetched at this moment: what is known of each, and what they amount to.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "ftpull/fetch.h"

#include "core/time.h"

namespace ftpull::cli {

class ActiveFiles {
 public:
  void update(const FetchProgress& progress, TimePoint now);
  bool contains(size_t file) const { return files_.contains(file); }
  /// What has been seen of it: for the report of a failure.
  FetchResult so_far(size_t file, TimePoint now) const;
  void remove(size_t file) { files_.erase(file); }

  /// All of them in one; its name lives until the next call.
  FetchProgress together();

 private:
  struct File {
    std::string name;
    FetchProgress progress;
    FetchResult so_far;
    TimePoint began{};
  };
  std::map<size_t, File> files_;
  std::string name_;
};

}  // namespace ftpull::cli
