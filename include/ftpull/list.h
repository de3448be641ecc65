// Folders of a server, and what the server can do.
//
//   Fetcher fetcher(options, observer);
//   auto listed = fetcher.list(*Url::parse("ftp://ftp.example.org/pub/"), true, on_folder);
//
// MLSD where the server has it, else LIST, in whichever of eighteen dialects.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ftpull/entry.h"
#include "ftpull/error.h"

namespace ftpull {

/// One folder, listed or not.
struct ListedFolder {
  std::string path;  // as in Url
  /// By name. Empty when the listing failed: half of one is never given out. Where only what lies
  /// below is too deep to be listed they are all there, and `error` says that.
  std::vector<Entry> entries;
  /// Lines that no dialect understands, and names that would lead out of the folder: there may be
  /// more in it than `entries`. The first of them as the server wrote it, not cleaned.
  uint64_t unusable_lines = 0;
  std::string first_unusable;
  std::optional<Error> error;
};

/// Called for each folder as its listing ends, in any order, on the thread that called list().
using FolderDone = std::function<void(const ListedFolder& folder)>;

/// What was found out about a server. Empty, or 0: not known.
struct ServerFeatures {
  std::string software;                   // the first line of its greeting, not cleaned
  std::vector<std::string> features;      // the lines of its answer to FEAT, not cleaned
  double round_trip_seconds = 0;          // of the fastest TCP connect
  std::optional<int> most_connections;    // that it allows, when it was met
  std::optional<int> best_connections;    // that was best for speed when it was last measured
  std::optional<bool> takes_lines_ahead;  // several commands without waiting for their answers
  bool epsv_fails = false;
  bool rang_fails = false;  // although it is among the features
};

}  // namespace ftpull
