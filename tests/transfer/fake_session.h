// A world in virtual time for the transfer layer: a server with one file, sessions that deliver its
// bytes at a given rate and fail as they are told, a real folder for the part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "transfer/background.h"
#include "transfer/coordinator.h"
#include "transfer/session.h"

namespace ftpull::transfer::fake {

/// The clock and what is to happen; events of one moment happen in the order they were made.
class Time {
 public:
  TimePoint now() const { return now_; }
  void after(Duration wait, std::function<void()> event) {
    events_.emplace(std::pair{now_ + wait, ++made_}, std::move(event));
  }
  /// Goes on to `until`, or to the next event when that comes before. False: nothing to come.
  bool advance(TimePoint until);

 private:
  TimePoint now_{std::chrono::hours(1)};
  uint64_t made_ = 0;
  std::map<std::pair<TimePoint, uint64_t>, std::function<void()>> events_;
};

class LaterBackground final : public Background {
 public:
  explicit LaterBackground(Time& time) : time_(time) {}
  void run(std::function<void()> work, std::function<void()> done) override {
    time_.after(std::chrono::milliseconds(1), [work = std::move(work), done = std::move(done)] {
      work();
      done();
    });
  }

 private:
  Time& time_;
};

/// What becomes of one range.
struct Fault {
  std::optional<uint64_t> after_bytes;  // it fails then; empty: never
  ErrorKind kind = ErrorKind::network;
  bool lost = false;     // the session with it
  bool reusable = true;  // otherwise
};

class FakeSession;

/// The server, with what it does wrong.
struct Server {
  std::string content;                          // of every file that is not among `files`
  std::map<std::string, std::string> files;     // by path
  bool only_files = false;                      // others are missing
  std::map<std::string, std::string> listings;  // of folders, by path; others are missing
  std::map<std::string, std::string> targets;   // listings for those who want links' targets
  std::optional<uint64_t> size;                 // as SIZE says
  static constexpr const char* kMdtm = "20200102030405";
  std::string mdtm = kMdtm;  // any other is a second later
  bool gone = false;         // the file
  bool restarts = true;
  bool keeps_told_ends = false;  // as with RANG: a range ends where it was to end at its start
  bool takes_next = false;       // the commands of the next small file
  /// Where a server that does not honour offsets begins instead.
  std::function<uint64_t(const RangeRequest&)> sends_from = [](const RangeRequest& request) {
    return request.begin;
  };
  int most_sessions = 1000;        // one more is refused with `busy`
  std::optional<int> named_limit;  // in the words of that refusal
  int opens_to_fail = 0;           // the next ones fail with `open_error`
  ErrorKind open_error = ErrorKind::network;
  /// Called for every range asked for (counted from 0) and every open session's number.
  std::function<Fault(int range, const RangeRequest&)> fault = [](int, const RangeRequest&) {
    return Fault{};
  };
  /// Bytes a second of a session.
  std::function<double(int session)> rate = [](int) { return 1024.0 * 1024; };

  // What happened.
  int opened = 0;
  int living = 0;
  int most_living = 0;
  int inspections = 0;
  int ranges = 0;
  uint64_t sent = 0;  // leads included
  /// Of ranges that began inside the file.
  uint64_t most_lead_bytes() const;
  std::vector<TimePoint> open_attempts;
  std::vector<std::string> expected_paths;  // of these
  std::vector<bool> asked_anew;             // of inspections, as they began
  std::vector<RangeRequest> requests;
  int followed = 0;  // of them, told while another one was under way

  /// Null: there is none.
  const std::string* bytes_of(const RangeRequest& request) const;
};

class FakeFactory final : public SessionFactory {
 public:
  FakeFactory(Time& time, Server& server) : time_(time), server_(server) {}
  std::unique_ptr<Session> make_session(SessionObserver& observer) override;

 private:
  Time& time_;
  Server& server_;
};

class SilentObserver final : public Observer {
 public:
  void on_progress(const FetchProgress& progress) override { last_done = progress.done_bytes; }
  void on_message(MessageLevel, std::string_view text) override { messages.emplace_back(text); }
  uint64_t last_done = 0;
  std::vector<std::string> messages;
};

/// A folder that is removed with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
/// Bytes that differ at every offset that is mixed up with another.
std::string content_of(size_t bytes);

/// The server sent `bytes` bytes in all, and leads.
void check_sent_once(const Server& server, uint64_t bytes);

/// One fetch of the server's file from beginning to end, to `target`.
struct Fetch {
  Server& server;
  std::filesystem::path target;
  int sessions = 4;
  int retries = 2;
  uint64_t seed = 1;
  bool digest = false;
  bool dry_run = false;
  bool restart = false;
  std::optional<Duration> stop_after = {};
  OnChange on_change = OnChange::stop;
  bool keep_digests = false;
  bool one_first = false;

  Result<FetchResult> run();

  SilentObserver observer = {};
  Duration took{};
};

}  // namespace ftpull::transfer::fake
