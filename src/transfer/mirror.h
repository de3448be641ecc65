// Makes a local folder equal to one on a server: lists it, compares folder by folder as the
// listings come, and fetches what is missing at the same time, all over one pool of sessions.
//
//   FolderWalk ─▶ listed folders ─▶ MirrorDisk (plan_folder) ─▶ MirrorFiles
//
// What is only here is removed at the end, and only when every folder was listed.
//
// As the Coordinator it makes no system call on the thread that decides, reads no clock, and acts
// in step().
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ftpull/mirror.h"

#include "transfer/background.h"
#include "transfer/chores.h"
#include "transfer/folder_walk.h"
#include "transfer/followed_links.h"
#include "transfer/inspection.h"
#include "transfer/mirror_disk.h"
#include "transfer/mirror_files.h"
#include "transfer/mirror_tally.h"

namespace ftpull::transfer {

class Mirror {
 public:
  struct Options {
    std::string remote;  // the folder, as in Url
    MirrorOptions mirror;
    MirrorDisk::Options disk;
    int retries = 5;
    uint64_t seed = 0;
    int64_t now_unix_seconds = 0;
    Coordinator::Job job;  // of a large file, but for its paths and its URL
    std::function<std::string(const std::string& remote)> url_of;  // without password
  };

  /// All must outlive the mirror, and it must not be destroyed before it has a result.
  Mirror(Options options, WantedTree wanted, SessionPool& pool, Background& background,
         Observer& observer, MirrorObserver& mirror_observer);
  ~Mirror();

  /// Returns when it must be called again at the latest.
  TimePoint step(TimePoint now);
  /// Set when it has ended.
  const std::optional<Status>& result() const { return result_; }
  void stop();
  /// Valid at any time.
  MirrorResult outcome() const;

 private:
  enum class State { opening, running, removing, closing, ended };
  enum class Clock { unknown, asked, settled };

  FolderWalk::Options walk_options();
  void open();
  void on_opened(Status opened);
  TimePoint run(TimePoint now);
  void record();
  void share_sessions();
  bool is_drained() const;

  std::string tree_path(const std::string& remote) const;
  bool enters(const std::string& remote) const;
  bool is_skipped(const std::string& path) const;
  void compare_listed();
  bool ask_for_clock(const ListedFolder& folder);
  void on_unlisted(const ListedFolder& folder);
  void compare(const std::string& remote, std::vector<Entry> entries, bool is_whole);
  void on_compared(const std::string& remote, const MirrorDisk::Compared& compared, bool is_whole);
  void add_made(const std::string& path, const FolderPlan& plan);
  void want(const SharedFolder& folder, const FolderPlan::File& file);
  void follow(const std::string& remote, const std::string& path, const Entry& link);
  void on_followed(const std::string& remote, const Entry& link,
                   const Result<ftp::FileFacts>& facts);
  void tell(const std::string& path, EntryType type, MirrorStatus status,
            std::optional<Error> error = {});

  void begin_removing();
  void begin_closing();
  void set_modes();
  void on_removed(const MirrorDisk::Removed& removed);
  void conclude(Status status);
  void give_up(Error error);

  const Options options_;
  const WantedTree wanted_;
  SessionPool& pool_;
  Background& background_;
  Observer& observer_;
  State state_ = State::opening;
  MirrorDisk disk_;
  MirrorTally tally_;
  FolderWalk walk_;
  Inspection inspection_;
  Chores chores_;
  std::unique_ptr<MirrorFiles> files_;  // null: a dry run, or not open yet
  size_t comparing_ = 0;

  std::deque<ListedFolder> listed_;  // not compared yet
  Clock clock_state_ = Clock::unknown;
  ServerClock clock_;
  bool knows_times_ = true;  // MDTM works, as far as is known
  FollowedLinks followed_;
  std::set<std::string> skipped_;  // folders that are not taken, with what is in them

  std::vector<std::pair<std::string, unsigned>> modes_;  // of folders, by path
  std::vector<std::string> extras_;                      // only here
  bool finds_anything_ = false;                          // on the server
  std::optional<Error> not_removed_;
  std::optional<TimePoint> began_;
  TimePoint now_{};
  int most_sessions_ = 0;
  std::optional<Error> error_;
  std::optional<Status> result_;
};

}  // namespace ftpull::transfer
