// Fetch one remote file over many FTP sessions into one local file, and go on after an
// interruption.
//
//   ftpull::Fetcher fetcher(options, observer);
//   auto result = fetcher.fetch(*ftpull::Url::parse("ftp://host/path/file"), "file");
//
// Unfinished data stands in `TARGET.part` beside its journal `TARGET.part.journal`; the target gets
// its name only when every byte is there. Calling fetch() again with the same URL and target goes
// on where it stood, after a crash too.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/error.h"
#include "ftpull/list.h"
#include "ftpull/mirror.h"
#include "ftpull/url.h"
#include "ftpull/verify.h"

namespace ftpull {

enum class AddressFamily { any, ipv4, ipv6 };

/// Who makes the data connections, and which command asks for them.
enum class DataMode {
  automatic,  // passive: EPSV, and PASV where that is refused or its port cannot be reached
  active,     // the server connects to us: EPRT, and PORT where that is refused
  epsv,       // EPSV and nothing else
  pasv,       // PASV and nothing else, over IPv4
  eprt,       // EPRT and nothing else
  port,       // PORT and nothing else, over IPv4
};

/// What is safe from a power cut, and when. In any of these a killed process loses nothing, and no
/// file gets its name before it is on stable storage.
enum class Durability {
  none,        // nothing before the file is complete
  checkpoint,  // what came before the last checkpoint
  segment,     // each segment, as soon as it is complete and the disk keeps up
};

/// What to do when the remote file's size or time is not what it was when the download began.
enum class OnChange {
  stop,     // set the unfinished download aside and fail with ErrorKind::changed
  refetch,  // remove it and fetch the file as it is now
  append,   // when the file has grown: go on, with what is here as its beginning; else as stop
};

/// From this minute of the day on, until the next step, the last one of the evening before.
struct RateStep {
  int minute = 0;                 // 0 to 1439
  uint64_t bytes_per_second = 0;  // 0: no limit
  friend bool operator==(const RateStep&, const RateStep&) = default;
};

struct FetchOptions {
  int connections = 0;       // sessions to a host; 0: as many as turn out to be worth it
  int max_connections = 16;  // never more sessions to a host than this
  /// Between two new sessions to a host, after the first four, or after as many as turned out best
  /// in an earlier run; 0: none.
  std::chrono::milliseconds connect_interval{100};
  uint64_t limit_rate = 0;  // bytes a second over all sessions; 0: no limit
  /// Instead of limit_rate, by the local time of day; empty: always limit_rate.
  std::vector<RateStep> rate_schedule{};
  uint64_t segment_size =
      0;            // bytes, a power of two from 256 KiB to 16 MiB; 0: from the file's size
  int retries = 5;  // attempts after the first, in a row without progress
  std::chrono::milliseconds timeout{30'000};          // without a byte or a reply
  std::chrono::milliseconds connect_timeout{15'000};  // for one connect, with a proxy's part in it
  /// A connection on which nothing was said for so long is asked for a sign of life, so that the
  /// server does not end it; 0: never.
  std::chrono::milliseconds keepalive{30'000};
  AddressFamily family = AddressFamily::any;
  DataMode data_mode = DataMode::automatic;
  /// Have servers that can compress what they send (MODE Z). Rates and sizes stay the files' own.
  bool compress = false;
  /// What all connections go through, the data connections too; empty: nothing. See check_proxy().
  std::string proxy{};
  /// Hosts that are reached without it, as curl reads its no_proxy: names, each with all below it,
  /// addresses and networks ("10.0.0.0/8"), with commas or blanks between them; "*": all.
  std::string no_proxy{};
  std::string user;      // used when the URL names none; empty: anonymous
  std::string password;  // used with it
  bool restart = false;  // forget what is on disk, fetch from the start
  bool dry_run = false;  // ask the server, write nothing
  bool digest = false;   // compute xxh3_128 of the finished file (one more read of it)
  Durability durability = Durability::checkpoint;
  std::chrono::milliseconds checkpoint_interval{5'000};
  OnChange on_change = OnChange::stop;  // a finished target is replaced or continued likewise
  bool keep_digests = false;            // leave TARGET.digests beside the file, for verify()
  /// The file where what is learned of servers is kept from run to run; empty: nothing is kept.
  std::filesystem::path host_cache{};
};

/// Can FetchOptions::proxy be this? [SCHEME://][USER[:PASSWORD]@]HOST[:PORT], read as curl does:
///
///   socks5h  SOCKS5, and the proxy looks the server's name up
///   socks5   SOCKS5, and the name is looked up here; all connections go to the one address
///   http     CONNECT, the proxy looks the name up; also when no scheme is given
///
/// The port is 1080 when none is given, whatever the scheme; user and password are percent-encoded.
/// Fails with usage. The error shows neither of them.
Status check_proxy(std::string_view url);

/// $XDG_CACHE_HOME/ftpull/hosts.json, or the like in the home directory; empty without either.
std::filesystem::path default_host_cache();

enum class FetchStatus { fetched, already_there, dry_run };

struct FetchResult {
  FetchStatus status = FetchStatus::fetched;
  std::filesystem::path path;          // where the file is, or would be
  std::optional<uint64_t> size_bytes;  // empty only for a dry run of a file of unknown size
  uint64_t fetched_bytes = 0;          // received in this run
  uint64_t resumed_bytes = 0;          // found on disk from an earlier run and kept
  double seconds = 0;
  int connections = 0;   // the most sessions that moved data at one time
  std::string xxh3_128;  // hex, empty unless asked for
};

/// A moment of a fetch, for a progress display.
struct FetchProgress {
  std::string_view name;  // the target's file name
  std::optional<uint64_t> size_bytes;
  uint64_t done_bytes = 0;  // on disk, resumed ones included
  uint64_t resumed_bytes = 0;
  double bytes_per_second = 0;  // smoothed over some seconds
  int sessions = 0;             // that move data
  size_t file = 0;              // its place in the list of fetch_all()
};

struct FetchRequest {
  Url url;
  std::filesystem::path target;
};

/// What became of the request at this place of the list.
using FetchDone = std::function<void(size_t file, Result<FetchResult> result)>;

enum class MessageLevel { trace, info, warning };

/// What the engine reports while it works. All calls come on the thread that called fetch().
class Observer {
 public:
  virtual ~Observer() = default;
  /// At most ten times a second while data moves, and once at the end.
  virtual void on_progress(const FetchProgress& progress) = 0;
  /// Something a person may want to know: cleaned text, no credentials. `trace` is the protocol,
  /// and is sent only while wants_trace() is true.
  virtual void on_message(MessageLevel level, std::string_view text) = 0;
  virtual bool wants_trace() const { return false; }
};

/// Fetches files; sessions to a host are kept for the next file from it. Not thread-safe, except
/// stop().
class Fetcher {
 public:
  /// The observer must outlive the Fetcher.
  Fetcher(FetchOptions options, Observer& observer);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  /// Blocks until the file is there, or cannot be had. Errors: see ErrorKind; after any of them
  /// what was fetched is kept for the next call.
  Result<FetchResult> fetch(const Url& url, const std::filesystem::path& target);

  /// Several files, from one host or more, with the host's sessions shared among those from it.
  /// `done` is called as each one ends, in any order, on this thread. Returns when all have ended.
  void fetch_all(const std::vector<FetchRequest>& requests, const FetchDone& done);

  /// Fetches the ranges that verify() found to be bad, and nothing else. The file loses its name
  /// until they are there: it is an unfinished download meanwhile, which fetch() can finish too.
  /// Fails with changed when what comes does not match the digests that were kept.
  Result<FetchResult> repair(const Url& url, const VerifyResult& found);

  /// Lists the folder, and with `recursive` all below it; links are not followed. Fails with what
  /// befell the folder itself; what befalls those below it is told with them.
  Status list(const Url& folder, bool recursive, const FolderDone& done);

  /// See mirror.h. Fails with what befell the whole: the login, the tree's own folder, the local
  /// one, an interruption; what befalls one file or folder is told with it.
  Result<MirrorResult> mirror(const Url& folder, const std::filesystem::path& local,
                              const MirrorOptions& options, MirrorObserver& observer);

  /// Logs in and asks what the server can do.
  Result<ServerFeatures> features(const Url& url);

  /// Makes fetch(), list(), mirror() and repair() keep their state and return
  /// ErrorKind::interrupted, now and from then on. Safe in a signal handler and from any thread.
  void stop() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ftpull
