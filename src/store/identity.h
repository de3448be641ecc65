// What a download is of. Another URL, size or MDTM is another download: nothing is spliced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ftpull::store {

struct Identity {
  std::string url;                     // without password
  std::optional<uint64_t> size_bytes;  // empty: the server does not tell; no segments, no resume
  std::string mdtm;                    // as the server sent it, empty when it did not
  friend bool operator==(const Identity&, const Identity&) = default;
};

/// "the remote file was 5 bytes and is 7 bytes". They must differ, and not only in their URL.
std::string describe_change(const Identity& then, const Identity& now);

/// What to type when a download was given up because of it.
std::string change_hint(const Identity& then, const Identity& now);

}  // namespace ftpull::store
