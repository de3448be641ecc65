#include "transfer/file_queue.h"

#include <algorithm>
#include <utility>

namespace ftpull::transfer {
namespace {

/// A file that changes more often while it is fetched is being written all the time.
constexpr int kMostFetchesAnew = 3;

Error not_begun() {
  return {ErrorKind::interrupted, "interrupted before it was begun", {}, {}};
}

}  // namespace

void FileQueue::add(Coordinator::Job job, Done done) {
  waiting_.push_back({std::move(job), std::move(done)});
}

void FileQueue::stop() {
  stopped_ = true;
  for (File& file : active_) file.coordinator->stop();
}

TimePoint FileQueue::step(TimePoint now) {
  TimePoint next = kNever;
  for (auto it = active_.begin(); it != active_.end();) {
    next = std::min(next, it->coordinator->step(now));
    knows_a_file_ = knows_a_file_ || it->coordinator->knows_its_work();
    if (!it->coordinator->result() || begins_anew(*it)) {
      ++it;
      continue;
    }
    end(*it, now);
    it = active_.erase(it);
    next = now;  // what it had is free
  }
  while (may_begin()) {
    begin_next(now);
    next = now;
  }
  pool_.set_more_waits(!waiting_.empty());
  next = std::min(next, pool_.step(now));
  return pool_.failure() && !active_.empty() ? now : next;
}

bool FileQueue::may_begin() const {
  if (waiting_.empty()) return false;
  if (stopped_) return active_.empty();  // those under way are heard of first
  return active_.empty() || refused_ || (knows_a_file_ && pool_.spare() > 0);
}

void FileQueue::begin_next(TimePoint now) {
  File file = std::move(waiting_.front());
  waiting_.pop_front();
  file.began = now;
  if (refused_ || stopped_) {
    file.done(tl::make_unexpected(stopped_ ? not_begun() : *refused_));
    return;
  }
  if (knows_a_file_) file.job.first_sessions = 1;
  begin(active_.emplace_back(std::move(file)));
}

void FileQueue::begin(File& file) {
  file.coordinator = std::make_unique<Coordinator>(file.job, pool_, disk_, background_, observer_);
  pool_.want(*file.coordinator, file.job.first_sessions, file.job.path);
}

/// A file that changed meanwhile is fetched anew, if that is wanted, as often as makes sense.
bool FileQueue::begins_anew(File& file) {
  const auto& result = *file.coordinator->result();
  const bool changed = !result && result.error().kind == ErrorKind::changed;
  const bool again = changed && file.job.local.on_change == OnChange::refetch &&
                     !file.job.local.repair && !stopped_ && file.fetched_anew < kMostFetchesAnew;
  if (!again) return false;
  ++file.fetched_anew;
  observer_.on_message(MessageLevel::warning, result.error().message + "; fetching it anew");
  begin(file);
  return true;
}

void FileQueue::end(File& file, TimePoint now) {
  knows_a_file_ = true;
  auto result = *file.coordinator->result();
  if (!result && result.error().kind == ErrorKind::login) refused_ = result.error();
  if (result) result->seconds = to_seconds(now - file.began);
  file.coordinator.reset();
  file.done(std::move(result));
}

}  // namespace ftpull::transfer
