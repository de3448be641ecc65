#include "transfer/mirror_files.h"

#include <algorithm>
#include <map>
#include <utility>

#include "transfer/permissions.h"

namespace ftpull::transfer {
namespace {

/// Files get their names so often: each time everything has to be flushed.
constexpr Duration kPublishInterval = std::chrono::seconds(1);
/// Beside large files small ones have one session in so many.
constexpr int kSmallShare = 4;

}  // namespace

class MirrorFiles::Progress final : public Observer {
 public:
  explicit Progress(Observer& observer) : observer_(observer) {}

  void on_progress(const FetchProgress& progress) override {
    // What was found to be wrong is done no more.
    const uint64_t resumed = std::min(progress.resumed_bytes, progress.done_bytes);
    fetched_[progress.file] = progress.done_bytes - resumed;
    sessions_[progress.file] = progress.sessions;
  }
  void on_message(MessageLevel level, std::string_view text) override {
    observer_.on_message(level, text);
  }
  bool wants_trace() const override { return observer_.wants_trace(); }

  /// `fetched`: empty where it is not known in the end.
  void end(size_t file, std::optional<uint64_t> fetched) {
    ended_bytes_ += fetched.value_or(fetched_[file]);
    fetched_.erase(file);
    sessions_.erase(file);
  }
  int sessions() const {
    int sum = 0;
    for (const auto& [file, sessions] : sessions_) sum += sessions;
    return sum;
  }
  uint64_t received_bytes() const {
    uint64_t sum = ended_bytes_;
    for (const auto& [file, bytes] : fetched_) sum += bytes;
    return sum;
  }

 private:
  Observer& observer_;
  std::map<size_t, uint64_t> fetched_;
  std::map<size_t, int> sessions_;
  uint64_t ended_bytes_ = 0;
};

MirrorFiles::MirrorFiles(Options options, SessionPool& pool, MirrorDisk& disk, Chores& chores,
                         Background& background, Observer& observer, MirrorTally& tally)
    : options_(std::move(options)),
      pool_(pool),
      disk_(disk),
      chores_(chores),
      tally_(tally),
      progress_(std::make_unique<Progress>(observer)),
      small_(pool, disk.staging(), options_.retries, options_.seed, small_events()),
      large_(pool, disk.tree().disk(), background, *progress_) {}

MirrorFiles::~MirrorFiles() = default;

SmallFiles::Events MirrorFiles::small_events() {
  return {[this](SmallFiles::File file, std::unique_ptr<store::StagedFile> staged) {
            auto arrived = std::make_unique<Arrived>();
            arrived->complete = {std::move(staged), join_path(file.folder->path, file.name),
                                 file.mtime, file.permissions};
            if (!options_.times) arrived->complete.mtime.reset();
            arrived->file = std::move(file);
            arrived_.push_back(std::move(arrived));
          },
          [this](const SmallFiles::File& file, Error error, bool size_changed) {
            on_small_failed(file, std::move(error), size_changed);
          }};
}

void MirrorFiles::want(File file) {
  const bool is_small =
      file.entry.size_bytes && *file.entry.size_bytes <= SmallFiles::kLargestBytes;
  if (!is_small) {
    large_files_.push(std::move(file));
    return;
  }
  SmallFiles::File small;
  small.folder = std::move(file.folder);
  small.name = std::move(file.entry.name);
  small.size_bytes = *file.entry.size_bytes;
  small.mtime = file.mtime;
  small.asks_time = file.asks_time;
  if (options_.permissions) small.permissions = parse_permissions(file.entry.permissions);
  small.replaces = file.replaces;
  small_.add(std::move(small));
}

TimePoint MirrorFiles::step(TimePoint now) {
  begin_large();
  TimePoint next = large_.step(now);
  const int beside = std::max(1, pool_.tuner().wanted() / kSmallShare);
  next = std::min(next, small_.step(has_large() ? beside : pool_.cap(), now));
  return std::min(next, publish_if_due(now));
}

int MirrorFiles::working_sessions() const {
  return small_.working_sessions() + progress_->sessions();
}

uint64_t MirrorFiles::received_bytes() const {
  return small_.received_bytes() + progress_->received_bytes();
}

void MirrorFiles::stop() {
  stopped_ = true;
  large_files_ = {};
  small_.stop();
  large_.stop();
}

/// One of them waits for the sessions that those before it leave.
void MirrorFiles::begin_large() {
  while (!large_files_.empty() && large_.waiting() == 0) {
    const File file = large_files_.top();
    large_files_.pop();
    Coordinator::Job job = options_.job;
    job.path = file.remote();
    job.file = large_begun_++;
    job.local.target = file.path();
    job.local.url = options_.url_of(job.path);
    const size_t number = job.file;
    large_.add(std::move(job), [this, file, number](const Result<FetchResult>& result) {
      on_large_done(file, number, result);
    });
  }
}

void MirrorFiles::on_large_done(const File& file, size_t number,
                                const Result<FetchResult>& result) {
  progress_->end(number, result ? std::optional(result->fetched_bytes) : std::nullopt);
  ++large_ended_;
  MirrorItem item;
  item.path = file.path();
  item.replaces = file.replaces;
  item.size_bytes = file.entry.size_bytes;
  if (!result) {
    const ErrorKind kind = result.error().kind;
    if (kind == ErrorKind::interrupted) return;
    item.status = kind == ErrorKind::not_found ? MirrorStatus::denied : MirrorStatus::failed;
    item.error = result.error();
    tally_.add(std::move(item));
    return;
  }
  const bool was_there = result->status == FetchStatus::already_there;
  item.status = was_there ? MirrorStatus::kept : MirrorStatus::fetched;
  item.size_bytes = result->size_bytes;
  item.mtime_unix_seconds = file.mtime;
  item.xxh3_128 = result->xxh3_128;
  tally_.totals().resumed_bytes += result->resumed_bytes;
  const auto permissions = parse_permissions(file.entry.permissions);
  if (!options_.permissions || !permissions) {
    tally_.add(std::move(item));
    return;
  }
  const auto set = std::make_shared<Status>();
  chores_.add([this, set, path = file.path(),
               wanted = *permissions] { *set = disk_.set_permissions(path, wanted); },
              [this, set, item] {
                MirrorItem ended = item;
                if (!*set) {
                  ended.status = MirrorStatus::failed;
                  ended.error = set->error();
                }
                tally_.add(std::move(ended));
              });
}

/// One that has another size than it was listed with is looked at anew.
void MirrorFiles::on_small_failed(const SmallFiles::File& file, Error error, bool size_changed) {
  if (stopped_) return;
  if (error.kind == ErrorKind::disk) {
    error_ = std::move(error);
    return;
  }
  if (size_changed) {
    File anew;
    anew.entry.size_bytes = file.size_bytes;
    anew.folder = file.folder;
    anew.entry.name = file.name;
    anew.mtime = file.mtime;
    anew.replaces = file.replaces;
    large_files_.push(std::move(anew));
    return;
  }
  MirrorItem item;
  item.path = join_path(file.folder->path, file.name);
  item.replaces = file.replaces;
  item.size_bytes = file.size_bytes;
  item.status = error.kind == ErrorKind::not_found ? MirrorStatus::denied : MirrorStatus::failed;
  item.error = std::move(error);
  tally_.add(std::move(item));
}

/// What has arrived is written down at once, so that it cannot be lost, and gets its name soon.
TimePoint MirrorFiles::publish_if_due(TimePoint now) {
  if (publishing_ || arrived_.empty() || error_) return kNever;
  std::vector<store::Staging::Complete*> unsealed;
  for (const auto& one : arrived_) {
    if (!std::exchange(one->sealed, true)) unsealed.push_back(&one->complete);
  }
  const bool is_last = small_.is_idle();
  const bool is_due = is_last || now >= published_ + kPublishInterval;
  if (unsealed.empty() && !is_due) return published_ + kPublishInterval;
  publishing_ = true;
  const auto status = std::make_shared<Status>();
  if (!is_due) {
    chores_.add([this, status, unsealed] { *status = disk_.staging().seal(unsealed); },
                [this, status] { on_sealed(*status); });
    return kNever;
  }
  published_ = now;
  const auto batch = std::make_shared<Batch>(std::exchange(arrived_, {}));
  chores_.add(
      [this, status, unsealed, batch] {
        std::vector<store::Staging::Complete*> all;
        for (const auto& one : *batch) all.push_back(&one->complete);
        *status =
            disk_.staging().seal(unsealed).and_then([&] { return disk_.staging().publish(all); });
      },
      [this, status, batch] { on_published(*batch, *status); });
  return kNever;
}

void MirrorFiles::on_sealed(const Status& status) {
  publishing_ = false;
  if (!status) error_ = status.error();
}

void MirrorFiles::on_published(const Batch& batch, const Status& status) {
  publishing_ = false;
  if (!status) {
    error_ = status.error();
    return;
  }
  for (const auto& one : batch) {
    MirrorItem item;
    item.path = one->complete.path;
    item.replaces = one->file.replaces;
    item.size_bytes = one->file.size_bytes;
    item.mtime_unix_seconds = one->file.mtime;
    item.xxh3_128 = one->complete.file->xxh3_128();
    if (one->complete.error) {
      item.status = MirrorStatus::failed;
      item.error = one->complete.error;
    }
    tally_.add(std::move(item));
  }
}

}  // namespace ftpull::transfer
