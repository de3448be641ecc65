// What is in a mirror, written down as it comes and found again by the next run.
//
// The lines (manifest_format.h) are appended to FILE.part, which becomes FILE when the mirror is
// complete. Whatever ends a run before that leaves FILE as it was, and in FILE.part the lines up to
// where it came; the next run reads both before it begins its own FILE.part.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/error.h"

#include "store/disk.h"
#include "store/manifest_format.h"

namespace ftpull::store {

class ManifestWriter {
 public:
  /// Lines that wait in memory for each other; a kill of the process loses no more.
  static constexpr size_t kLinesHeld = 256;

  /// Begins FILE.part anew: what is to be known of an earlier one has been read before. Fails with
  /// disk, also when another process writes it or when FILE is something else than a file.
  static Result<ManifestWriter> create(Disk& disk, const std::filesystem::path& path,
                                       std::string_view url, int64_t created_unix_seconds);

  ManifestWriter(ManifestWriter&&) noexcept = default;
  ManifestWriter& operator=(ManifestWriter&&) = delete;
  /// Writes what is held, if it can; FILE.part stays.
  ~ManifestWriter();

  /// After an error all calls give the same one: a manifest with a gap would be taken as true.
  Status add(const ManifestRecord& record);
  /// Gives what is held to the operating system.
  Status flush();
  /// Everything is on stable storage, and FILE.part has become FILE. The last call but for the
  /// destructor.
  Status finish();

 private:
  ManifestWriter(Disk& disk, std::filesystem::path path, std::unique_ptr<File> file)
      : disk_(&disk), path_(std::move(path)), file_(std::move(file)) {}

  Disk* disk_;
  std::filesystem::path path_;
  std::unique_ptr<File> file_;  // null when finished, or moved from
  std::string held_;
  size_t lines_held_ = 0;
  uint64_t offset_ = 0;
  Status state_;
};

struct ManifestEntry {
  std::optional<uint64_t> size_bytes;
  std::optional<int64_t> mtime_unix_seconds;
  std::string xxh3_128;  // empty where it is not known
};

/// Held in memory, 56 bytes a file: paths are known by their hashes of 128 bits.
class Manifest {
 public:
  /// FILE, and FILE.part of a run that did not come to its end, whose lines are the later ones.
  /// Fails with not_found when there is neither, with corrupt when FILE is no manifest, with disk.
  /// A FILE.part that is none tells nothing; so does a line that cannot be read.
  static Result<Manifest> read(Disk& disk, const std::filesystem::path& path);

  std::optional<ManifestEntry> find(std::string_view path) const;
  size_t size() const { return stored_.size(); }
  uint64_t unreadable_lines() const { return unreadable_lines_; }

 private:
  struct Stored {
    uint64_t path_high = 0;
    uint64_t path_low = 0;
    uint64_t size_bytes = 0;
    int64_t mtime_unix_seconds = 0;
    uint64_t digest_high = 0;
    uint64_t digest_low = 0;
    bool has_size = false;
    bool has_mtime = false;
    bool has_digest = false;
  };
  static_assert(sizeof(Stored) <= 64, "a mirror may have millions of files");

  static Stored compact(const ManifestRecord& record);
  Status add_file(Disk& disk, const std::filesystem::path& path);
  void sort();

  std::vector<Stored> stored_;  // by path_high and path_low, none twice
  uint64_t unreadable_lines_ = 0;
};

}  // namespace ftpull::store
