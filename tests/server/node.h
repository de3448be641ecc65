// What the server says of a file or a folder.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

namespace ftpull::test_server {

/// Generated files were last changed at 2024-01-02 03:04:05 UTC, those of a made tree from then on.
inline constexpr std::time_t kGeneratedTime = 1704164645;

struct Node {
  std::string name;
  bool folder = false;
  uint64_t size_bytes = 0;
  std::time_t modified = 0;
};

}  // namespace ftpull::test_server
