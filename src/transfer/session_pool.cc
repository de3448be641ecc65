#include "transfer/session_pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace ftpull::transfer {
namespace {

/// How many connects in a row may fail beside living sessions before the number is taken as a limit
/// that the server, or a firewall, does not put into words (QUIRKS C9).
constexpr int kSilentRefusals = 3;

}  // namespace

Session* SessionPool::borrow(SessionUser& user) {
  const auto idle = std::find_if(members_.begin(), members_.end(),
                                 [](const Member& m) { return m.state == State::idle; });
  if (idle == members_.end()) return nullptr;
  idle->state = State::lent;
  idle->user = &user;
  return idle->session.get();
}

void SessionPool::give_back(Session& session) {
  Member& its = member(session);
  if (its.state == State::lent) its.state = State::idle;
  its.user = nullptr;
}

void SessionPool::discard(Session& session) {
  Member& its = member(session);
  if (its.state == State::closing || its.state == State::closed) return;
  its.state = State::closing;
  session.close();
}

void SessionPool::reject(Session& session, const Error& error) {
  member(session).rejected = error;
  discard(session);
}

void SessionPool::lower_cap(int sessions) {
  cap_ = std::clamp(sessions, 1, cap_);
}

int SessionPool::open_sessions() const {
  return count(State::idle) + count(State::lent);
}

int SessionPool::count(State state) const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(),
                                        [&](const Member& m) { return m.state == state; }));
}

TimePoint SessionPool::step(TimePoint now) {
  std::erase_if(members_, [](const Member& m) { return m.state == State::closed; });
  const int target = std::min(wanted_, cap_);
  int held = open_sessions() + count(State::opening);
  for (Member& m : members_) {
    if (held <= target) break;
    if (m.state != State::idle) continue;
    m.state = State::closing;
    m.session->close();
    --held;
  }
  if (failure_ || held >= target) return kNever;
  if (now < next_open_) return next_open_;
  // After a failure one at a time, until one has opened.
  const int allowed = failures_ == 0 ? target - held : count(State::opening) == 0 ? 1 : 0;
  for (int i = 0; i < allowed; ++i) {
    members_.push_back({factory_.make_session(*this)});
    members_.back().session->open(expected_path_);
  }
  return kNever;
}

void SessionPool::close_all() {
  wanted_ = 0;
  for (Member& m : members_) discard(*m.session);
}

SessionPool::Member& SessionPool::member(const Session& session) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& m) { return m.session.get() == &session; });
  assert(found != members_.end());
  return *found;
}

void SessionPool::on_open(Session& session, TimePoint) {
  Member& its = member(session);
  if (its.state == State::opening) its.state = State::idle;
  ever_open_ = true;
}

void SessionPool::on_inspected(Session& session, Result<ftp::FileFacts> facts, TimePoint) {
  if (SessionUser* user = member(session).user) user->on_inspected(session, std::move(facts));
}

void SessionPool::on_bytes(Session& session, uint64_t bytes, TimePoint now) {
  Member& its = member(session);
  its.proven = true;
  failures_ = 0;
  if (its.user != nullptr) its.user->on_bytes(session, bytes, now);
}

void SessionPool::on_range_end(Session& session, const RangeEnd& end, TimePoint now) {
  if (SessionUser* user = member(session).user) user->on_range_end(session, end, now);
}

void SessionPool::on_closed(Session& session, const SessionEnd& end, TimePoint now) {
  Member& its = member(session);
  const State was = std::exchange(its.state, State::closed);
  const bool by_us = was == State::closing && !its.rejected;
  const bool failed = !its.proven && !by_us;
  const SessionEnd why = its.rejected ? SessionEnd{*its.rejected, std::nullopt} : end;
  if (SessionUser* user = std::exchange(its.user, nullptr)) user->on_lost(session, end, now);
  if (failed) on_open_failed(why, now);
}

void SessionPool::on_open_failed(const SessionEnd& end, TimePoint now) {
  ++failures_;
  next_open_ = now + backoff_.wait_after(failures_);
  const int open = open_sessions();
  const bool refused = end.error.kind == ErrorKind::busy || end.error.kind == ErrorKind::login;
  if (open > 0) {
    // The number in the server's words counts connections of others too, so it can only lower.
    if (refused)
      lower_cap(end.limit ? std::min(*end.limit, open) : open);
    else if (failures_ >= kSilentRefusals)
      lower_cap(open);
    return;
  }
  const bool hopeless = (end.error.kind == ErrorKind::login && !ever_open_) ||
                        end.error.kind == ErrorKind::usage || end.error.kind == ErrorKind::tls;
  if (end.error.kind == ErrorKind::busy && end.limit) lower_cap(*end.limit);
  if (hopeless || failures_ > options_.retries) {
    failure_ = end.error;
    if (!hopeless) failure_->message += gave_up_after(failures_);
    failures_ = 0;
    next_open_ = now;
  }
}

}  // namespace ftpull::transfer
