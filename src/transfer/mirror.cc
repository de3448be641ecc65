#include "transfer/mirror.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "transfer/permissions.h"

namespace ftpull::transfer {
namespace {

/// Folders that are listed and not compared yet; more than that only takes memory.
constexpr size_t kMostListed = 32;
/// While files wait the listing has one session in so many.
constexpr int kListingShare = 4;
/// Records of files that wait for each other before they go into the manifest together.
constexpr size_t kMostUnwritten = 64;

int depth_of(std::string_view path) {
  if (path.empty()) return 1;
  return 2 + static_cast<int>(std::count(path.begin(), path.end(), '/'));
}

/// Refused by the server, whatever we do.
MirrorStatus status_of(const Error& error) {
  return error.kind == ErrorKind::not_found ? MirrorStatus::denied : MirrorStatus::failed;
}

}  // namespace

Mirror::Mirror(Options options, WantedTree wanted, SessionPool& pool, Background& background,
               Observer& observer, MirrorObserver& mirror_observer)
    : options_(std::move(options)),
      wanted_(std::move(wanted)),
      pool_(pool),
      background_(background),
      observer_(observer),
      disk_(options_.disk),
      tally_(mirror_observer, !options_.disk.manifest.empty() && !options_.disk.dry_run),
      walk_(walk_options(), pool,
            [this](ListedFolder&& folder) { listed_.push_back(std::move(folder)); }),
      inspection_(pool),
      chores_(background) {
  open();
}

Mirror::~Mirror() = default;

FolderWalk::Options Mirror::walk_options() {
  FolderWalk::Options options;
  options.path = options_.remote;
  options.recursive = true;
  options.retries = options_.retries;
  options.seed = options_.seed;
  options.now_unix_seconds = options_.now_unix_seconds;
  options.wants_targets = options_.mirror.links == MirrorLinks::copy;
  options.enters = [this](const std::string& remote) { return enters(remote); };
  return options;
}

void Mirror::open() {
  const auto opened = std::make_shared<Status>();
  chores_.add([this, opened] { *opened = disk_.open(); }, [this, opened] { on_opened(*opened); });
}

void Mirror::on_opened(Status opened) {
  if (state_ == State::opening) state_ = State::running;
  if (!opened) {
    give_up(opened.error());
    return;
  }
  if (options_.disk.dry_run || error_) return;
  MirrorFiles::Options files;
  files.retries = options_.retries;
  files.seed = options_.seed;
  files.times = options_.mirror.times;
  files.permissions = options_.mirror.permissions;
  files.job = options_.job;
  files.url_of = options_.url_of;
  files_ =
      std::make_unique<MirrorFiles>(files, pool_, disk_, chores_, background_, observer_, tally_);
}

TimePoint Mirror::step(TimePoint now) {
  now_ = now;
  if (!began_) began_ = now;
  if (pool_.failure()) give_up(*pool_.failure());
  if (files_ && files_->error()) give_up(*files_->error());
  TimePoint next = kNever;
  if (state_ == State::running) next = run(now);
  most_sessions_ = std::max(most_sessions_, pool_.open_sessions() - pool_.idle_sessions());
  return std::min(next, pool_.step(now));
}

TimePoint Mirror::run(TimePoint now) {
  share_sessions();
  TimePoint next = walk_.step(now);
  if (walk_.result() && !*walk_.result()) give_up(walk_.result()->error());
  inspection_.step();
  compare_listed();
  if (files_) next = std::min(next, files_->step(now));
  if (tally_.unwritten() >= kMostUnwritten) record();
  const uint64_t received = files_ ? files_->received_bytes() : 0;
  const int sessions = walk_.working_sessions() + (files_ ? files_->working_sessions() : 0);
  tally_.totals().fetched_bytes = received;
  next = std::min(next, tally_.report(received, !walk_.result(), sessions, now));
  if (!is_drained()) return next;
  begin_removing();
  return now;
}

/// What has become of files, into the manifest.
void Mirror::record() {
  const auto records =
      std::make_shared<std::vector<store::ManifestRecord>>(tally_.take_unwritten());
  const auto recorded = std::make_shared<Status>();
  chores_.add([this, records, recorded] { *recorded = disk_.record(*records); },
              [this, recorded] {
                if (!*recorded) give_up(recorded->error());
              });
}

/// While files wait, the listing has a part of the sessions that keeps the others busy.
void Mirror::share_sessions() {
  const bool has_large = files_ && files_->has_large();
  pool_.set_by_round_trips(!has_large);
  const int total =
      std::min(pool_.cap(), has_large ? pool_.tuner().wanted() : pool_.tuner().most_useful());
  const bool has_files = files_ && !files_->is_idle();
  walk_.set_sessions(has_files ? std::max(1, total / kListingShare) : total);
  walk_.set_paused(!error_ && comparing_ + listed_.size() >= kMostListed);
}

bool Mirror::is_drained() const {
  return walk_.result() && listed_.empty() && inspection_.is_idle() &&
         (!files_ || files_->is_idle()) && chores_.is_idle();
}

std::string Mirror::tree_path(const std::string& remote) const {
  std::string_view path = remote;
  path.remove_prefix(std::min(options_.remote.size(), path.size()));
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(path);
}

bool Mirror::enters(const std::string& remote) const {
  const std::string path = tree_path(remote);
  return wanted_.wants_folder(path) && wanted_.wants_below(depth_of(path) - 1);
}

/// Because it, or one above it, was refused.
bool Mirror::is_skipped(const std::string& path) const {
  if (skipped_.empty()) return false;
  for (size_t end = path.size(); end != path.npos && end > 0; end = path.rfind('/', end - 1)) {
    if (skipped_.contains(path.substr(0, end))) return true;
  }
  return false;
}

void Mirror::compare_listed() {
  while (!listed_.empty() && clock_state_ != Clock::asked) {
    ListedFolder& folder = listed_.front();
    const std::string path = tree_path(folder.path);
    if (error_ || is_skipped(path)) {
      listed_.pop_front();
      continue;
    }
    if (comparing_ >= kMostListed) return;
    if (ask_for_clock(folder)) return;
    ++tally_.totals().folders;
    if (folder.error || folder.unusable_lines > 0) on_unlisted(folder);
    if (!folder.error || !folder.entries.empty()) {
      compare(folder.path, std::move(folder.entries), true);
    }
    listed_.pop_front();
  }
}

/// Before times that are a wall clock's can be compared; once. True: the answer is waited for.
bool Mirror::ask_for_clock(const ListedFolder& folder) {
  if (clock_state_ != Clock::unknown || !options_.mirror.times) return false;
  const auto tells = std::find_if(folder.entries.begin(), folder.entries.end(), [](const Entry& e) {
    return e.type == EntryType::file && e.time && !e.time->is_utc &&
           e.time->precision != TimePrecision::day;
  });
  if (tells == folder.entries.end()) return false;
  clock_state_ = Clock::asked;
  inspection_.ask(remote_path(folder.path, tells->name),
                  [this, time = *tells->time](const Result<ftp::FileFacts>& facts) {
                    clock_state_ = Clock::settled;
                    knows_times_ = facts && facts->mdtm;
                    if (!knows_times_) return;
                    const auto ahead = ServerClock::ahead_by(time, facts->mdtm->unix_seconds);
                    if (ahead) clock_.set_ahead(*ahead);
                  });
  return true;
}

void Mirror::on_unlisted(const ListedFolder& folder) {
  MirrorItem item;
  item.path = tree_path(folder.path);
  item.type = EntryType::folder;
  item.status = MirrorStatus::failed;
  if (folder.error) {
    // A loop is not taken, and nothing is missing for that.
    const bool is_loop = folder.error->kind == ErrorKind::usage;
    item.status = is_loop ? MirrorStatus::refused : status_of(*folder.error);
    item.error = folder.error;
    if (is_loop) {
      tally_.add(std::move(item));
      return;
    }
  } else {
    item.error = Error{
        ErrorKind::protocol,
        fmt::format(
            "{} of the listing of {} cannot be used",
            folder.unusable_lines == 1 ? "1 line" : fmt::format("{} lines", folder.unusable_lines),
            item.path.empty() ? "the folder" : for_display(item.path)),
        for_display(folder.first_unusable),
        {}};
  }
  tally_.add_gap(std::move(item));
}

/// `is_whole`: all that is in the folder; what is only here can be told.
void Mirror::compare(const std::string& remote, std::vector<Entry> entries, bool is_whole) {
  const auto compared = std::make_shared<MirrorDisk::Compared>();
  PlanRules rules{wanted_, clock_};
  rules.links = options_.mirror.links;
  rules.times = options_.mirror.times;
  rules.folds_names = disk_.folds_names();
  rules.removes = options_.mirror.remove && is_whole;
  ++comparing_;
  const std::string path = tree_path(remote);
  chores_.add(
      [this, compared, rules, path, entries = std::move(entries)] {
        *compared = disk_.compare(path, depth_of(path), entries, rules);
      },
      [this, compared, remote, is_whole] {
        --comparing_;
        if (!error_) on_compared(remote, *compared, is_whole);
      });
}

void Mirror::tell(const std::string& path, EntryType type, MirrorStatus status,
                  std::optional<Error> error) {
  MirrorItem item;
  item.path = path;
  item.type = type;
  item.status = status;
  item.error = std::move(error);
  tally_.add(std::move(item));
}

void Mirror::on_compared(const std::string& remote, const MirrorDisk::Compared& compared,
                         bool is_whole) {
  const std::string path = tree_path(remote);
  const FolderPlan& plan = compared.plan;
  for (const auto& failed : compared.failed) {
    const std::string its = failed.name.empty() ? path : join_path(path, failed.name);
    if (failed.type == EntryType::folder) skipped_.insert(its);
    tell(its, failed.type, MirrorStatus::failed, failed.error);
  }
  for (const FolderPlan::Refused& refused : plan.refused) {
    const std::string its = join_path(path, refused.name);
    if (refused.type == EntryType::folder) skipped_.insert(its);
    tell(its, refused.type, MirrorStatus::refused, refused.error);
  }
  MirrorTotals& totals = tally_.totals();
  totals.left_out += plan.left_out;
  for (size_t i = 0; i < plan.kept.size(); ++i) {
    const FolderPlan::Kept& kept = plan.kept[i];
    ++totals.files;
    totals.bytes += kept.entry.size_bytes.value_or(0);
    MirrorItem item;
    item.path = join_path(path, kept.entry.name);
    item.status = MirrorStatus::kept;
    item.size_bytes = kept.entry.size_bytes;
    item.mtime_unix_seconds = kept.mtime;
    item.xxh3_128 = compared.digests[i];
    tally_.add(std::move(item));
  }
  add_made(path, plan);
  const auto folder = std::make_shared<const TreeFolder>(TreeFolder{remote, path});
  for (const FolderPlan::File& file : plan.fetch) want(folder, file);
  for (const Entry& link : plan.follow) follow(remote, path, link);
  for (const FolderPlan::Extra& extra : plan.extras) extras_.push_back(join_path(path, extra.name));
  const bool has_any = !plan.fetch.empty() || !plan.kept.empty() || !plan.folders.empty() ||
                       !plan.links.empty() || !plan.kept_links.empty() || !plan.follow.empty();
  finds_anything_ = finds_anything_ || !is_whole || has_any;
}

void Mirror::add_made(const std::string& path, const FolderPlan& plan) {
  for (const FolderPlan::Folder& folder : plan.folders) {
    const std::string its = join_path(path, folder.name);
    if (options_.disk.permissions && folder.permissions) {
      modes_.emplace_back(its, *folder.permissions);
    }
    if (folder.is_new) tell(its, EntryType::folder, MirrorStatus::made);
  }
  for (const FolderPlan::Link& link : plan.links) {
    MirrorItem item;
    item.path = join_path(path, link.entry.name);
    item.type = EntryType::link;
    item.status = MirrorStatus::linked;
    item.replaces = link.replaces;
    tally_.add(std::move(item));
  }
  for (const Entry& link : plan.kept_links) {
    tell(join_path(path, link.name), EntryType::link, MirrorStatus::kept);
  }
}

void Mirror::want(const SharedFolder& folder, const FolderPlan::File& file) {
  const Entry& entry = file.entry;
  MirrorTotals& totals = tally_.totals();
  ++totals.files;
  totals.bytes += entry.size_bytes.value_or(0);
  const bool is_exact = entry.time && entry.time->is_utc &&
                        (entry.time->precision == TimePrecision::second ||
                         entry.time->precision == TimePrecision::fraction);
  std::optional<int64_t> mtime;
  if (entry.time) mtime = clock_.utc_of(*entry.time);
  if (options_.disk.dry_run) {
    MirrorItem item;
    item.path = join_path(folder->path, entry.name);
    item.replaces = file.replaces;
    item.size_bytes = entry.size_bytes;
    item.mtime_unix_seconds = mtime;
    tally_.add(std::move(item));
    return;
  }
  MirrorFiles::File wanted;
  wanted.folder = folder;
  wanted.entry = entry;
  wanted.mtime = mtime;
  wanted.asks_time = options_.mirror.times && !is_exact && knows_times_;
  wanted.replaces = file.replaces;
  files_->want(std::move(wanted));
}

void Mirror::follow(const std::string& remote, const std::string& path, const Entry& link) {
  const std::string its = join_path(path, link.name);
  if (!link.target.empty() && !followed_.follow(path, link.name, link.target)) {
    tell(its, EntryType::link, MirrorStatus::refused,
         Error{ErrorKind::usage,
               fmt::format("{}: it is a link to a folder that it is in itself", for_display(its)),
               {},
               {}});
    return;
  }
  inspection_.ask(remote_path(remote, link.name),
                  [this, remote, link](const auto& facts) { on_followed(remote, link, facts); });
}

/// What it leads to is planned as if it stood in its place.
void Mirror::on_followed(const std::string& remote, const Entry& link,
                         const Result<ftp::FileFacts>& facts) {
  const std::string its = join_path(tree_path(remote), link.name);
  Entry entry;
  entry.name = link.name;
  if (!facts && facts.error().kind == ErrorKind::usage) {
    entry.type = EntryType::folder;
  } else if (!facts || (!facts->size_bytes && !facts->refusal.empty())) {
    const Error error = facts ? Error{ErrorKind::not_found,
                                      fmt::format("cannot follow {}", for_display(its)),
                                      facts->refusal,
                                      {}}
                              : facts.error();
    tell(its, EntryType::link, status_of(error), error);
    return;
  } else {
    entry.type = EntryType::file;
    entry.size_bytes = facts->size_bytes;
    if (facts->mdtm) {
      entry.time = EntryTime{facts->mdtm->unix_seconds, 0, TimePrecision::second, true};
    }
  }
  const std::string folder = remote_path(remote, link.name);
  if (entry.type == EntryType::folder && enters(folder)) walk_.add(folder);
  compare(remote, {std::move(entry)}, false);
}

void Mirror::begin_removing() {
  if (error_ || !options_.mirror.remove) {
    begin_closing();
    return;
  }
  if (tally_.totals().gaps > 0) {
    not_removed_ = Error{ErrorKind::some_failed,
                         "nothing was removed, because not everything could be listed",
                         {},
                         "Run the same command again when the server can be listed whole"};
  } else if (!finds_anything_ && !extras_.empty()) {
    not_removed_ = Error{ErrorKind::usage,
                         "nothing was removed: the server has nothing that is wanted, and nothing "
                         "would be left here",
                         {},
                         "Check the URL; to empty the folder remove it by hand"};
  }
  if (not_removed_ || extras_.empty()) {
    begin_closing();
    return;
  }
  state_ = State::removing;
  const auto removed = std::make_shared<MirrorDisk::Removed>();
  chores_.add(
      [this, removed] {
        *removed = disk_.remove(extras_, [this](const std::string& path, bool is_folder) {
          return wanted_.keeps_local(path, is_folder);
        });
      },
      [this, removed] { on_removed(*removed); });
}

void Mirror::on_removed(const MirrorDisk::Removed& removed) {
  not_removed_ = removed.refused;
  for (const auto& item : removed.items) {
    tell(item.path, item.type, item.error ? MirrorStatus::failed : MirrorStatus::removed,
         item.error);
  }
  begin_closing();
}

void Mirror::begin_closing() {
  state_ = State::closing;
  if (tally_.unwritten() > 0) record();
  if (!error_ && !options_.disk.dry_run) set_modes();
  pool_.set_by_round_trips(false);
  const auto status = std::make_shared<Status>();
  chores_.add(
      [this, status] {
        // What the disk did not take is left where the next run finds it.
        if (!error_ || error_->kind != ErrorKind::disk) *status = disk_.close(!error_);
      },
      [this, status] { conclude(*status); });
}

/// Of folders: one that may not be written to would have taken no files.
void Mirror::set_modes() {
  const auto failed = std::make_shared<std::vector<std::pair<std::string, Error>>>();
  chores_.add(
      [this, failed] {
        for (const auto& [path, mode] : modes_) {
          const Status set = disk_.set_permissions(path, mode);
          if (!set) failed->emplace_back(path, set.error());
        }
      },
      [this, failed] {
        for (const auto& [path, error] : *failed) {
          tell(path, EntryType::folder, MirrorStatus::failed, error);
        }
      });
}

void Mirror::conclude(Status status) {
  state_ = State::ended;
  // Of a mirror that fails it is the only word of what was done.
  if (error_) tally_.report_end();
  result_ = error_ ? Status(tl::make_unexpected(*error_)) : std::move(status);
}

void Mirror::stop() {
  disk_.interrupt();
  give_up({ErrorKind::interrupted, "stopped", {}, "To go on, run the same command again"});
}

void Mirror::give_up(Error error) {
  if (error_ || result_) return;
  error_ = std::move(error);
  disk_.interrupt();
  listed_.clear();
  walk_.stop();
  inspection_.stop();
  if (files_) files_->stop();
}

MirrorResult Mirror::outcome() const {
  MirrorResult result;
  result.totals = tally_.totals();
  if (began_) result.seconds = to_seconds(now_ - *began_);
  result.connections = most_sessions_;
  result.not_removed = not_removed_;
  return result;
}

}  // namespace ftpull::transfer
