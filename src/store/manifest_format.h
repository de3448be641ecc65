// The lines of a manifest, which tells what is in a mirror: JSON, one object a line.
//
//   {"ftpull_manifest":1,"url":"ftp://host/pub/","created":1700000000}
//   {"path":"a/b.iso","size":12,"mtime":1699999999,"xxh3_128":"99aa...","status":"fetched"}
//
// The first line says what the file is; each other one is a file. "created" and "mtime" are seconds
// since 1970 in UTC, "size" is bytes, "status" is "fetched" or "kept"; what is not known is null.
// "path" is that of mirror.h. One whose bytes are not UTF-8 stands there in a form that can be
// shown, and its bytes, in hexadecimal digits, in one key more: "path_bytes". Keys that are not
// known are passed over. Where a path comes twice, the later line is right.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

#include "store/disk.h"

namespace ftpull::store {

struct ManifestRecord {
  std::string path;
  std::optional<uint64_t> size_bytes;
  std::optional<int64_t> mtime_unix_seconds;
  std::string xxh3_128;  // 32 hexadecimal digits, or empty
  bool kept = false;     // was here already; otherwise it was fetched
};

/// With the line's end. `url` holds no credentials: that is the caller's part.
std::string manifest_header(std::string_view url, int64_t created_unix_seconds);
/// With the line's end.
std::string manifest_line(const ManifestRecord& record);

/// False when the line is no record; what is in `record` is then of no use.
bool parse_manifest_line(std::string_view line, ManifestRecord& record);

/// Hears of each line after the first, which has the number 1; null: it cannot be read.
using ManifestUse = std::function<void(uint64_t line, const ManifestRecord* record)>;

/// Reads all lines of a manifest; the last one may have no end. Fails with not_found when there is
/// no such file, with corrupt when its first line is not that of a manifest of this version, and
/// with disk.
Status scan_manifest(Disk& disk, const std::filesystem::path& path, const ManifestUse& use);

}  // namespace ftpull::store
