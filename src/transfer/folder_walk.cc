#include "transfer/folder_walk.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "core/xxh3.h"
#include "ftp/refusal.h"

namespace ftpull::transfer {
namespace {

/// "2020/2020/..." may be a tree's own way; of folders alone so many say the same before it is a
/// loop.
constexpr int kFoldersAlike = 3;

/// Could another attempt go better?
bool is_for_now(ErrorKind kind) {
  return kind == ErrorKind::network || kind == ErrorKind::busy || kind == ErrorKind::corrupt;
}

Error not_understood(const std::string& path, const std::string& first_line) {
  return {ErrorKind::protocol,
          fmt::format("the listing of {} is in no form that is known", ftp::shown_folder(path)),
          for_display(first_line),
          {}};
}

Error too_deep(const std::string& path) {
  return {ErrorKind::protocol,
          fmt::format("{} is more than {} folders deep", for_display(path), FolderWalk::kMostDepth),
          {},
          "List it by itself, if it is no fault of the server"};
}

Error is_a_loop(const std::string& path) {
  return {ErrorKind::usage,
          fmt::format("{} is one of the folders above it again, through a link", for_display(path)),
          {},
          {}};
}

tl::unexpected<Error> too_much(std::string_view what) {
  return fail(ErrorKind::protocol, fmt::format("the {}", what), {},
              "No archive has as many: if it is no fault of the server, fetch files of it by their "
              "names");
}

/// Of what stands in a folder, name for name.
uint64_t digest_of(const std::vector<Entry>& entries) {
  std::string facts;
  for (const Entry& entry : entries) {
    facts += fmt::format("{}/{}/{}/{}/{}\n", entry.name, static_cast<int>(entry.type),
                         entry.size_bytes.value_or(0), entry.time ? entry.time->unix_seconds : 0,
                         entry.target);
  }
  return XXH3_64bits(facts.data(), facts.size());
}

bool has_files(const std::vector<Entry>& entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const Entry& entry) { return entry.type == EntryType::file; });
}

bool lacks_target(const Entry& entry) {
  return entry.type == EntryType::link && entry.target.empty();
}

bool lacks_targets(const std::vector<Entry>& entries) {
  return std::any_of(entries.begin(), entries.end(), lacks_target);
}

/// Both are sorted by name.
void take_targets(const std::vector<Entry>& from, std::vector<Entry>& entries) {
  for (Entry& entry : entries) {
    if (!lacks_target(entry)) continue;
    const auto same = std::lower_bound(
        from.begin(), from.end(), entry.name,
        [](const Entry& other, const std::string& name) { return other.name < name; });
    if (same != from.end() && same->name == entry.name) entry.target = same->target;
  }
}

}  // namespace

Status ListingSink::write(std::span<const std::byte> bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kMostBytes)
    return too_much(fmt::format("listing has more than {} MiB", kMostBytes >> 20));
  reader_.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return take();
}

Status ListingSink::take() {
  while (reader_.next(entry_)) {
    if (entries_.size() == kMostEntries) {
      return too_much(fmt::format("folder has more than {} entries", kMostEntries));
    }
    entries_.push_back(entry_);
  }
  return {};
}

ListedFolder ListingSink::finish(std::string path) {
  ListedFolder folder;
  reader_.finish();
  if (auto taken = take(); !taken) {
    folder.error = taken.error();
  } else if (const ftp::ListingTally& tally = reader_.tally(); tally.is_unreadable()) {
    folder.error = not_understood(path, tally.first_not_understood);
  } else {
    folder.unusable_lines = tally.not_understood + tally.all_refused();
    folder.first_unusable =
        tally.first_refused.empty() ? tally.first_not_understood : tally.first_refused;
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    folder.entries = std::move(entries_);
  }
  folder.path = std::move(path);
  return folder;
}

FolderWalk::FolderWalk(Options options, SessionPool& pool, Listed done)
    : options_(std::move(options)), pool_(pool), done_(std::move(done)), backoff_(options_.seed) {
  waiting_.push_back({options_.path});
  pool_.want(*this, 1);
}

TimePoint FolderWalk::step(TimePoint now) {
  for (; !listed_.empty(); listed_.pop_front()) done_(std::move(listed_.front()));
  if (pool_.failure() && !error_) give_up(*pool_.failure());
  if (!paused_) begin_some(now);
  // Others may have use for what is not needed now.
  for (Session* const session : std::exchange(idle_, {})) pool_.give_back(*session);
  if (listed_.empty() && waiting_.empty() && working_.empty() && leaving_.empty() && !result_) {
    pool_.want(*this, 0);
    result_ = error_ ? Status(tl::make_unexpected(*error_)) : Status();
  }
  const TimePoint next = pool_.step(now);
  return listed_.empty() ? std::min(next, ready_at(now)) : now;
}

void FolderWalk::begin_some(TimePoint now) {
  const auto folders = static_cast<int>(std::min<size_t>(waiting_.size() + working_.size(), 1000));
  // A tree has work for several, who log in while its top is listed.
  const int useful = options_.recursive ? std::max(folders, pool_.tuner().first()) : folders;
  // Those that are closing are heard of all the same.
  if (folders > 0) pool_.want(*this, std::min(options_.sessions, useful));
  while (static_cast<int>(working_.size()) < options_.sessions) {
    auto job = take_ready(now);
    if (!job) break;
    if (idle_.empty()) {
      if (Session* const session = pool_.borrow(*this)) idle_.push_back(session);
    }
    if (idle_.empty()) {
      waiting_.push_front(*std::move(job));
      return;
    }
    Session& session = *idle_.back();
    idle_.pop_back();
    Work& work = working_[&session];
    work = {*std::move(job), std::make_unique<ListingSink>(options_.now_unix_seconds)};
    RangeRequest request{work.job.path};
    request.is_folder = true;
    request.lists_links = work.job.listed != nullptr;
    session.fetch(request, *work.sink);
  }
}

std::optional<FolderWalk::Job> FolderWalk::take_ready(TimePoint now) {
  const auto ready = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Job& job) { return job.not_before <= now; });
  if (ready == waiting_.end()) return std::nullopt;
  Job job = std::move(*ready);
  waiting_.erase(ready);
  return job;
}

TimePoint FolderWalk::ready_at(TimePoint now) const {
  TimePoint ready = kNever;
  if (paused_) return kNever;
  for (const Job& job : waiting_) {
    // What could begin at once waits for a session, which is an event.
    if (job.not_before > now) ready = std::min(ready, job.not_before);
  }
  return ready;
}

void FolderWalk::on_range_end(Session& session, const RangeEnd& end, TimePoint now) {
  auto [_, work] = std::move(*working_.find(&session));
  working_.erase(&session);
  if (end.reusable)
    idle_.push_back(&session);
  else
    leave(session);
  if (error_) return;
  if (end.error) {
    on_failed(std::move(work.job), end, now);
    return;
  }
  ListedFolder folder = work.sink->finish(work.job.path);
  on_listed(std::move(work.job), std::move(folder));
}

void FolderWalk::on_lost(Session& session, const SessionEnd& end, TimePoint now) {
  std::erase(idle_, &session);
  leaving_.erase(&session);
  const auto found = working_.find(&session);
  if (found == working_.end()) return;
  Job job = std::move(found->second.job);
  working_.erase(found);
  if (!error_) on_failed(std::move(job), {0, end.error}, now);
}

void FolderWalk::on_listed(Job job, ListedFolder folder) {
  if (job.listed) {
    take_targets(folder.entries, job.listed->entries);
    on_whole(job, std::move(*job.listed));
  } else if (folder.error) {
    tell_failed(job, *folder.error);
  } else if (options_.wants_targets && lacks_targets(folder.entries)) {
    job.listed = std::make_shared<ListedFolder>(std::move(folder));
    waiting_.push_front(std::move(job));
  } else {
    on_whole(job, std::move(folder));
  }
}

void FolderWalk::on_whole(const Job& job, ListedFolder folder) {
  if (options_.recursive) enter_below(job, folder);
  listed_.push_back(std::move(folder));
}

void FolderWalk::enter_below(const Job& job, ListedFolder& folder) {
  std::vector<Job> below;
  for (const Entry& entry : folder.entries) {
    if (entry.type != EntryType::folder) continue;
    std::string path = remote_path(job.path, entry.name);
    if (options_.enters && !options_.enters(path)) continue;
    below.push_back({std::move(path), job.depth + 1});
  }
  if (below.empty()) return;
  const uint64_t listing = digest_of(folder.entries);
  int same = 0;
  for (const Trail* above = job.above.get(); above != nullptr; above = above->above.get()) {
    if (above->listing == listing) ++same;
  }
  if (same >= (has_files(folder.entries) ? 1 : kFoldersAlike)) {
    folder.error = is_a_loop(job.path);
    folder.entries.clear();
    return;
  }
  if (job.depth == kMostDepth) {
    folder.error = too_deep(job.path);
    return;
  }
  const auto trail = std::make_shared<const Trail>(Trail{listing, job.above});
  for (Job& one : below) one.above = trail;
  // What lies below comes before what lies beside: less has to wait.
  waiting_.insert(waiting_.begin(), std::make_move_iterator(below.begin()),
                  std::make_move_iterator(below.end()));
}

void FolderWalk::on_failed(Job job, const RangeEnd& end, TimePoint now) {
  const Error& error = *end.error;
  if (end.has_other_way) {
    waiting_.push_front(std::move(job));
    return;
  }
  const int others = pool_.lent_sessions() - static_cast<int>(idle_.size());
  if (error.kind == ErrorKind::busy && others > 0) {
    // It waits for its turn among those that the server takes.
    pool_.lower_cap(others);
    job.not_before = now + backoff_.wait_after(1);
    waiting_.push_front(std::move(job));
    return;
  }
  ++job.failures;
  if (!is_for_now(error.kind) || job.failures > options_.retries) {
    if (job.listed) {
      on_whole(job, std::move(*job.listed));
      return;
    }
    Error last = error;
    if (job.failures > 1) last.message += gave_up_after(job.failures);
    tell_failed(job, std::move(last));
    return;
  }
  job.not_before = now + backoff_.wait_after(job.failures);
  waiting_.push_back(std::move(job));
}

void FolderWalk::tell_failed(const Job& job, Error error) {
  const bool is_first = job.depth == 0;
  // What ends the login ends everything.
  if (is_first || error.kind == ErrorKind::login || error.kind == ErrorKind::tls) {
    give_up(std::move(error));
    return;
  }
  ListedFolder folder;
  folder.path = job.path;
  folder.error = std::move(error);
  listed_.push_back(std::move(folder));
}

void FolderWalk::stop() {
  if (!result_) give_up({ErrorKind::interrupted, "stopped", {}, {}});
}

void FolderWalk::give_up(Error error) {
  if (!error_) error_ = std::move(error);
  waiting_.clear();
  for (const auto& [session, work] : working_) pool_.discard(*session);
}

/// It is heard of until it is closed.
void FolderWalk::leave(Session& session) {
  leaving_.insert(&session);
  pool_.discard(session);
}

std::string remote_path(const std::string& folder, const std::string& name) {
  if (folder.empty() || folder.ends_with('/')) return folder + name;
  return folder + '/' + name;
}

}  // namespace ftpull::transfer
