// What ftpull verify found, in words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"
#include "ftpull/verify.h"

#include "cli/outcome.h"

namespace ftpull::cli {

/// What became of one path of the command line.
struct Verification {
  std::filesystem::path path;  // as typed
  Result<VerifyResult> found;
  std::optional<Outcome> repair;  // none was tried unless something was bad
};

/// None when all is good, or was repaired.
std::optional<ErrorKind> failure_kind(const Verification& verification);

/// The bytes of all bad ranges together.
uint64_t bad_bytes(const VerifyResult& found);

/// "d/a.gz: 256 MiB read, every byte is as it came"; of an unfinished download "d/a.gz.part:
/// unfinished, 120 MiB of 256 MiB checked, every byte is as it came". Not when something is bad.
std::string good_verdict(const VerifyResult& found);

/// "d/a.gz: 2 ranges are not as they came, 2.00 MiB of the 256 MiB read", then the bad ranges, a
/// line each: "  bytes 1048576 to 2097152 (1.00 MiB)", the end not included; of a great many the
/// first ones. No line end at the end.
std::string bad_verdict(const VerifyResult& found);

/// "To fetch only these again type: ftpull verify --repair URL PATH", PATH as it was typed.
std::string repair_hint(const VerifyResult& found, std::string_view path);

}  // namespace ftpull::cli
