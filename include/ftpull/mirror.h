// Make a local folder equal to one on a server, with all below it.
//
//   Fetcher fetcher(options, observer);
//   auto ended = fetcher.mirror(*Url::parse("ftp://ftp.example.org/pub/"), "pub", {}, observer);
//
// The tree is listed and fetched at the same time. Files whose size and time are those that the
// server tells are left as they are; so the same call again goes on where an earlier one was
// interrupted, and fetches nothing twice. Nothing outside the local folder is ever touched,
// whatever names the server gives, and no local link is followed.
//
// Paths in here are those within the tree: bytes, with '/' between their parts, none at the ends,
// not cleaned. The tree itself is "".
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/entry.h"
#include "ftpull/error.h"

namespace ftpull {

/// What becomes of symbolic links on the server.
enum class MirrorLinks {
  skip,    // nothing
  copy,    // a link with the same target, where that is within the tree
  follow,  // what they lead to, where that is within the tree
};

/// The first whose pattern matches decides. A pattern with a '/' at its beginning or within it is
/// matched from the top of the tree, any other with names in all folders; one that ends with '/'
/// matches folders only. '*' and '?' match no '/', "**" does, "[a-z]" and "[!a-z]" are sets, '\'
/// takes the special meaning off what follows. What lies in a folder that is left out is left out
/// too. What no pattern matches is taken, unless there are patterns that include: then files are
/// left out.
struct MirrorRule {
  bool include = false;
  std::string pattern;
};

struct MirrorOptions {
  std::vector<MirrorRule> rules;
  /// Only files changed after this moment, of at least and at most so many bytes. What the server
  /// does not tell keeps no file out.
  std::optional<int64_t> newer_than_unix_seconds;
  std::optional<uint64_t> min_size_bytes;
  std::optional<uint64_t> max_size_bytes;
  /// So many folders below each other; 1: the folder itself, and nothing below it.
  std::optional<int> depth;
  /// Remove what the server does not have, and no rule keeps. Only after everything was listed
  /// without an error, and never all that is here.
  bool remove = false;
  /// Where more would have to be removed, nothing is.
  uint64_t max_remove = 1000;
  /// What is removed is moved there, into folders as it was here; empty: it is gone. Must be on the
  /// file system of the local folder, and not within it.
  std::filesystem::path trash;
  MirrorLinks links = MirrorLinks::copy;
  bool times = true;
  /// Files and folders get the permissions that the server tells, but for those to set an owner.
  bool permissions = false;
  /// Files that seem equal are read, and fetched again when their digest is not that in `manifest`.
  bool checksum = false;
  /// Where to write what is in the tree, one JSON object a line (see verify_manifest()); empty:
  /// nowhere.
  std::filesystem::path manifest;
};

enum class MirrorStatus {
  fetched,  // a file
  kept,     // a file or link that was equal already
  linked,   // a link was made
  made,     // a folder
  removed,  // a file, folder or link
  refused,  // by us: its name, what it is, or where it leads
  denied,   // by the server: not found, or no permission to read it
  failed
};

/// "fetched", "kept" and so on.
std::string_view mirror_status_name(MirrorStatus status);

/// What became of one thing in the tree; of a dry run: what would.
struct MirrorItem {
  std::string path;
  EntryType type = EntryType::file;
  MirrorStatus status = MirrorStatus::fetched;
  bool replaces = false;  // something else had the name here before
  std::optional<uint64_t> size_bytes;
  std::optional<int64_t> mtime_unix_seconds;  // UTC
  std::string xxh3_128;                       // of a file, hex; empty where it was not computed
  std::optional<Error> error;                 // of refused, denied and failed
};

/// So far, or in all.
struct MirrorTotals {
  uint64_t folders = 0;  // listed
  uint64_t files = 0;    // found there and wanted
  uint64_t bytes = 0;    // of those whose size is told
  uint64_t kept = 0;     // files
  uint64_t kept_bytes = 0;
  uint64_t fetched = 0;        // files
  uint64_t fetched_bytes = 0;  // of them, and of those that were not finished
  uint64_t resumed_bytes = 0;  // were here from an earlier run, of files that were finished
  uint64_t links = 0;          // made, or kept
  uint64_t removed = 0;
  uint64_t left_out = 0;  // by the rules and bounds
  uint64_t refused = 0;
  uint64_t denied = 0;
  uint64_t failed = 0;
  /// Folders that could not be listed, or not completely: there may be more in the tree.
  uint64_t gaps = 0;
};

struct MirrorProgress {
  MirrorTotals totals;
  bool listing = true;  // more may be found
  double bytes_per_second = 0;
  int sessions = 0;  // at work
};

struct MirrorResult {
  MirrorTotals totals;
  double seconds = 0;
  int connections = 0;  // the most at a time
  /// Why nothing was removed although that was wanted.
  std::optional<Error> not_removed;

  /// Every file that is wanted is here.
  bool is_complete() const {
    return totals.failed + totals.denied + totals.refused + totals.gaps == 0;
  }
};

/// All calls come on the thread that called mirror().
class MirrorObserver {
 public:
  virtual ~MirrorObserver() = default;
  /// In any order. Of folders that could not be listed too, and of lines in listings that cannot be
  /// used: those have the folder's path.
  virtual void on_item(const MirrorItem& item) = 0;
  /// At most ten times a second; and at the end of a mirror that fails, with all that was done.
  virtual void on_mirror_progress(const MirrorProgress& progress) = 0;
};

/// One file that is not as a manifest says.
struct ManifestFault {
  enum class Kind { missing, other_size, other_content, unreadable };
  std::string path;
  Kind kind = Kind::missing;
};

struct ManifestVerdict {
  uint64_t files = 0;           // that were compared
  uint64_t bytes = 0;           // that were read
  uint64_t without_digest = 0;  // of which only the size could be compared
  uint64_t faults = 0;
};

/// Compares what is in `folder` with a manifest that mirror() wrote. `found` hears of each file
/// that is not as it should be. Fails with not_found or corrupt where the manifest is missing or is
/// none, with disk where the folder cannot be read.
Result<ManifestVerdict> verify_manifest(const std::filesystem::path& manifest,
                                        const std::filesystem::path& folder,
                                        const std::function<void(const ManifestFault&)>& found);

}  // namespace ftpull
