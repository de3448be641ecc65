// What the transfer layer needs of a logged-in FTP session. src/net implements it on sockets, the
// simulation on virtual time.
//
// A session does one thing at a time: open, then any number of inspect() and fetch(), then close().
// Each of these ends with exactly one call of its observer, and never from within the call that
// began it, except that on_closed() may come at any time in place of any of them. After
// on_closed() the session may be destroyed, but not from within that call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ftpull/error.h"

#include "core/sink.h"
#include "core/time.h"
#include "ftp/inspect.h"

namespace ftpull::transfer {

struct RangeRequest {
  std::string path;
  uint64_t begin = 0;
  /// Where to stop; empty: at the end of the file, wherever that is.
  std::optional<uint64_t> end{};
  /// `end` is the end of the file: check that the server sends nothing beyond it.
  bool to_end_of_file = false;
  /// Others are at work, too: the end may move nearer.
  bool may_be_cut = false;
  /// Of a folder: its listing, in whichever dialect, from its beginning to its end.
  bool is_folder = false;
  /// In that of LIST, which tells where links lead.
  bool lists_links = false;
  /// A small file, whole: round trips count. The next one may be told while it is under way.
  bool is_small = false;
  /// When the file was changed is to be told too, where that costs nothing.
  bool asks_time = false;
};

struct RangeEnd {
  /// How far the bytes came; everything before it has been written to the sink.
  uint64_t position = 0;
  /// Empty: every byte that was asked for is there, or, when the range was cut or its end moved
  /// away, those up to `position`.
  std::optional<Error> error;
  /// The session can be used for the next range.
  bool reusable = true;
  /// It failed in a way that the sessions will not try again: the same at once is worth it.
  bool has_other_way = false;
  /// UTC; as asked for, and known.
  std::optional<int64_t> mtime{};
};

struct SessionEnd {
  Error error;
  /// The number of connections that the server's words name as its limit.
  std::optional<int> limit;
};

class Session;

class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  virtual void on_open(Session& session, TimePoint now) = 0;
  virtual void on_inspected(Session& session, Result<ftp::FileFacts> facts, TimePoint now) = 0;
  virtual void on_bytes(Session& session, uint64_t bytes, TimePoint now) = 0;
  virtual void on_range_end(Session& session, const RangeEnd& end, TimePoint now) = 0;
  virtual void on_closed(Session& session, const SessionEnd& end, TimePoint now) = 0;
};

class Session {
 public:
  virtual ~Session() = default;

  /// In the order in which they were made; no two sessions of a host have the same.
  virtual int number() const = 0;

  /// `expected_path` is the file that will most likely be asked for first, empty when none is
  /// known: what is asked of every file may be asked while the session opens.
  virtual void open(const std::string& expected_path) = 0;
  /// `anew`: an answer that came while the session opened will not do.
  virtual void inspect(const std::string& path, bool anew) = 0;
  /// The sink must live until on_range_end() or on_closed().
  virtual void fetch(const RangeRequest& request, Sink& sink) = 0;

  /// Something small is under way that fetch_next() can be called for, once: the server takes the
  /// commands of the next one meanwhile, as far as is known.
  virtual bool takes_next() const { return false; }
  /// As fetch(), to begin with as few round trips as can be when what is under way has ended.
  /// on_range_end() comes for each of the two, in order; after one that is not reusable it does not
  /// come for the other.
  virtual void fetch_next(const RangeRequest&, Sink&) {}

  /// Of the network between us and the server; zero while it is not known.
  virtual Duration round_trip() const = 0;
  /// More connections would bring nothing, nor would others: all wait in one queue.
  virtual bool path_is_full() const = 0;

  /// The first byte of the range under way that may still be given to another session: everything
  /// before it is received or about to be.
  virtual uint64_t claimed() const = 0;
  /// Gives up the rest of the range under way: on_range_end() comes soon, without an error for
  /// that. Before the first byte it costs the session.
  virtual void cut() = 0;
  /// Moves the end of the range under way, to more than was received and not before claimed().
  virtual void set_end(uint64_t end, bool to_end_of_file) = 0;

  /// Ends what is under way. on_closed() comes soon, when no thread writes to the sink any more.
  virtual void close() = 0;
};

class SessionFactory {
 public:
  virtual ~SessionFactory() = default;
  /// A session to the one host that the factory is for, not yet opened.
  virtual std::unique_ptr<Session> make_session(SessionObserver& observer) = 0;
};

}  // namespace ftpull::transfer
