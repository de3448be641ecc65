// One item of a listing (RFC 3659 section 7): what a server says of a file, a folder or a link.
//
// Everything that the server did not say is empty, nothing is guessed. Texts are bytes as they came
// (QUIRKS L9): they go back to the server as they are, and through for_display() before a person
// sees them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ftpull {

enum class EntryType {
  file,
  folder,
  link,
  other  // a device, a pipe, a socket; or the server does not say what it is
};

enum class TimePrecision { day, minute, second, fraction };

/// When an entry was changed. What is finer than `precision` is 0.
struct EntryTime {
  int64_t unix_seconds = 0;
  uint32_t nanoseconds = 0;
  TimePrecision precision = TimePrecision::day;
  // Otherwise it is what a clock on the server's wall shows, taken as if that was UTC: up to 14
  // hours off. MLSD and EPLF have UTC; LIST has the wall clock, unless it has a zone too.
  bool is_utc = false;

  bool operator==(const EntryTime&) const = default;
};

struct Entry {
  // Within its folder: never empty, "." or "..", no '/', NUL, CR or LF in it (L1, L12), at most
  // 1024 bytes. Other control characters may be.
  std::string name;
  EntryType type = EntryType::other;
  // Of files only: what servers give for a folder is its number of blocks, of entries, or nothing
  // that can be used, and for a link the length of its target. Empty too when it is given in blocks
  // or records. At most 2^63 - 1.
  std::optional<uint64_t> size_bytes;
  std::optional<EntryTime> time;
  std::string target;       // of a link, when told; may be any path
  std::string permissions;  // as the dialect writes them: "-rw-r--r--", "0644", "(RWED,RE,,)"
  // Of VMS, which keeps several versions of a file under a name: those have an entry each, and the
  // name alone means the highest. 0 elsewhere.
  unsigned version = 0;

  /// Keeps the memory of the texts for the next one.
  void clear() {
    name.clear();
    type = EntryType::other;
    size_bytes.reset();
    time.reset();
    target.clear();
    permissions.clear();
    version = 0;
  }

  bool operator==(const Entry&) const = default;
};

}  // namespace ftpull
