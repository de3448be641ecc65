// The lines of --json: one object each, with no line end in it. Keys are only ever added.
//
// Text that is not UTF-8 (file names may be anything) has its odd bytes replaced by U+FFFD.
#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>

#include "ftpull/entry.h"
#include "ftpull/list.h"
#include "ftpull/mirror.h"
#include "ftpull/part_status.h"
#include "ftpull/url.h"

#include "cli/outcome.h"
#include "cli/verdict.h"

namespace ftpull::cli {

/// {"url","path","status","bytes","fetched_bytes","resumed_bytes","seconds","connections",
/// "xxh3_128","checksums","error"}; null where there is nothing to tell. "status" is "fetched",
/// "already_there", "dry_run" or "failed"; "error" is null or {"kind","reply","message"}.
std::string outcome_json(const Outcome& outcome);

/// {"path","part","journal","url","size","done_bytes","durable_bytes","segment_bytes","mdtm",
/// "created","in_use","map","holes","tails","age_seconds"}. "holes" is what is missing, "tails"
/// what is there of segments that are not finished: [{"begin","end"}], the end not included.
std::string part_status_json(const PartStatus& status, std::time_t now);

/// {"path","target","digests","url","size","checked_bytes","ok","bad","error"}; "path" is what was
/// read. "ok" and "bad" ([{"begin","end"}]) are what was found before any repair. "error" is null
/// unless it could not be found out; then "path" is as typed, and what is not known is null. Where
/// a repair was tried there is "repair": an object like that of outcome_json().
std::string verification_json(const Verification& verification);

/// {"path","name","type","size","mtime","mtime_precision","target","permissions","version","url"};
/// null where the server does not say. `url` is that of the entry; its path is "path". "type" is
/// "file", "dir", "link" or "other"; "mtime" is as RFC 3339 has it, with "Z" where it is UTC, and
/// without an offset where it is what the clock on the server's wall shows; what is finer than
/// "mtime_precision" ("day", "minute", "second" or "fraction") is 0 in it. "version" is a number,
/// of VMS. "url" has every byte of a name that is not UTF-8, percent-encoded.
std::string entry_json(const Url& url, const Entry& entry);

/// {"url","software","features","round_trip_ms","most_connections","best_connections",
/// "takes_lines_ahead","epsv_fails","rang_fails"}; null where it is not known.
std::string features_json(const std::string& url, const ServerFeatures& server);

/// {"path","type","status","replaces","size","mtime","xxh3_128","error"}, and of a dry run
/// "dry_run":true. "path" is within the tree; "status" is mirror_status_name(); "mtime" is in UTC.
std::string mirror_item_json(const MirrorItem& item, bool dry_run);

/// What a mirror came to.
struct MirrorRun {
  std::string url;  // without its password
  std::filesystem::path folder;
  bool dry_run = false;
  MirrorResult result;         // with an error: as far as it is known
  std::optional<Error> error;  // of the whole
};

/// {"summary":true,"url","dir","complete", the members of MirrorTotals, "seconds","connections",
/// "not_removed","error"}, and of a dry run "dry_run":true. "not_removed" and "error" are null or
/// as in outcome_json(); with an error the tree is not complete, whatever was seen of it.
std::string mirror_run_json(const MirrorRun& run);

/// {"path","fault"}; "fault" is "missing", "other_size", "other_content" or "unreadable".
std::string manifest_fault_json(const ManifestFault& fault);

/// {"summary":true,"manifest","dir","ok","files","bytes","without_digest","faults","error"};
/// "error" is null unless it could not be found out, and then the numbers are 0.
std::string manifest_verdict_json(const std::filesystem::path& manifest,
                                  const std::filesystem::path& folder,
                                  const Result<ManifestVerdict>& verdict);

}  // namespace ftpull::cli
