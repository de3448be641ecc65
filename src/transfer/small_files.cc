#include "transfer/small_files.h"

#include <algorithm>
#include <utility>

#include "transfer/failure_policy.h"
#include "transfer/folder_walk.h"

namespace ftpull::transfer {
namespace {

/// Could another attempt go better?
bool is_for_now(ErrorKind kind) {
  return kind == ErrorKind::network || kind == ErrorKind::busy || kind == ErrorKind::protocol;
}

bool is_about_size(ErrorKind kind) {
  return kind == ErrorKind::changed || kind == ErrorKind::corrupt;
}

}  // namespace

TimePoint SmallFiles::step(int sessions, TimePoint now) {
  if (stopped_) {
    pool_.want(*this, 0);
    return kNever;
  }
  const size_t files = waiting_.size() + later_.size() + working_.size();
  pool_.want(*this, static_cast<int>(std::min<size_t>(files, static_cast<size_t>(sessions))));
  while (static_cast<int>(working_.size()) < sessions) {
    auto file = take_ready(now);
    if (!file) break;
    Session* const session = pool_.borrow(*this);
    if (session == nullptr) {
      waiting_.push_front(*std::move(file));
      break;
    }
    begin(*session, working_[session], *std::move(file));
  }
  for (auto it = working_.begin(); it != working_.end();) {
    auto& [session, work] = *it;
    const int allowed = std::min(sessions, pool_.allotment(*this));
    const bool is_surplus = static_cast<int>(working_.size()) > allowed;
    auto file = is_surplus || work.size() > 1 || (!work.empty() && !session->takes_next())
                    ? std::nullopt
                    : take_ready(now);
    if (file) begin(*session, work, *std::move(file));
    if (!work.empty()) {
      ++it;
      continue;
    }
    pool_.give_back(*session);
    it = working_.erase(it);
  }
  return ready_at(now);
}

void SmallFiles::begin(Session& session, Work& work, File file) {
  RangeRequest request{remote_path(file.folder->remote, file.name)};
  request.end = file.size_bytes;
  request.to_end_of_file = true;
  request.is_small = true;
  request.asks_time = file.asks_time;
  const bool is_next = !work.empty();
  work.push_back({std::move(file), staging_.begin()});
  Sink& sink = *work.back().staged;
  if (is_next) {
    session.fetch_next(request, sink);
  } else {
    session.fetch(request, sink);
  }
}

std::optional<SmallFiles::File> SmallFiles::take_ready(TimePoint now) {
  const auto due = std::find_if(later_.begin(), later_.end(),
                                [&](const File& file) { return file.not_before <= now; });
  if (due != later_.end()) {
    File file = std::move(*due);
    later_.erase(due);
    return file;
  }
  if (waiting_.empty()) return std::nullopt;
  File file = std::move(waiting_.front());
  waiting_.pop_front();
  return file;
}

TimePoint SmallFiles::ready_at(TimePoint now) const {
  TimePoint ready = kNever;
  for (const File& file : later_) {
    // What could begin at once waits for a session, which is an event.
    if (file.not_before > now) ready = std::min(ready, file.not_before);
  }
  return ready;
}

void SmallFiles::on_range_end(Session& session, const RangeEnd& end, TimePoint now) {
  const auto found = working_.find(&session);
  if (found == working_.end()) return;
  Work& work = found->second;
  Transfer ended = std::move(work.front());
  work.pop_front();
  if (!end.error) {
    on_complete(std::move(ended), end);
  } else {
    on_failure(std::move(ended.file), *end.error, !end.has_other_way, now);
  }
  if (end.reusable) return;
  put_back(work);
  leaving_[&session] = std::move(work);
  working_.erase(found);
  pool_.discard(session);
}

void SmallFiles::on_lost(Session& session, const SessionEnd& end, TimePoint now) {
  leaving_.erase(&session);
  const auto found = working_.find(&session);
  if (found == working_.end()) return;
  Work work = std::move(found->second);
  working_.erase(found);
  if (work.empty()) return;
  File first = std::move(work.front().file);
  work.pop_front();
  put_back(work);
  on_failure(std::move(first), end.error, true, now);
}

/// They have not been begun.
void SmallFiles::put_back(const Work& work) {
  if (stopped_) return;
  for (const Transfer& transfer : work) waiting_.push_front(transfer.file);
}

void SmallFiles::on_complete(Transfer done, const RangeEnd& end) {
  if (end.mtime) done.file.mtime = end.mtime;
  events_.on_complete(std::move(done.file), std::move(done.staged));
}

void SmallFiles::on_failure(File file, const Error& error, bool counts, TimePoint now) {
  if (stopped_) return;
  if (!counts) {
    waiting_.push_front(std::move(file));
    return;
  }
  if (error.kind == ErrorKind::busy && working_.size() > 1) {
    pool_.lower_cap(static_cast<int>(working_.size()) - 1);
    waiting_.push_front(std::move(file));
    return;
  }
  ++file.failures;
  if (is_for_now(error.kind) && file.failures <= retries_) {
    file.not_before = now + backoff_.wait_after(file.failures);
    later_.push_back(std::move(file));
    return;
  }
  Error last = error;
  const int failures = file.failures;
  if (failures > 1) last = after_attempts(last, failures);
  events_.on_failed(std::move(file), std::move(last), is_about_size(error.kind));
}

void SmallFiles::stop() {
  stopped_ = true;
  waiting_.clear();
  later_.clear();
  for (auto& [session, work] : working_) {
    leaving_[session];
    pool_.discard(*session);
  }
  // Their sinks are written to until they are closed.
}

}  // namespace ftpull::transfer
