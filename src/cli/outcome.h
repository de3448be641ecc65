// What became of one file, in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"
#include "ftpull/fetch.h"

#include "cli/engine.h"

namespace ftpull::cli {

/// One file's result. With an error, `result` tells what there is to tell all the same: where it
/// would be, and how much of it was fetched.
struct Outcome {
  Source source;
  FetchResult result;
  std::optional<Error> error;
};

/// What to do next where an error does not say.
std::string_view usual_hint(ErrorKind kind);

/// "file.gz: 256 MiB in 3.2 s (80.0 MiB/s, 8 connections), 120 MiB of it resumed", "file.gz:
/// already there", "would fetch ... into ...". Not for an outcome with an error.
std::string summary(const Outcome& outcome);

/// "file.gz: repaired, 1.00 MiB fetched again in 3.2 s (320 KiB/s, 4 connections)". Likewise not
/// for one with an error.
std::string repair_summary(const Outcome& outcome);

/// "file.gz: message; the server said "...". hint". The name is left out where the message begins
/// with it; a hint is there even when the error has none.
std::string failure(const Outcome& outcome);

}  // namespace ftpull::cli
