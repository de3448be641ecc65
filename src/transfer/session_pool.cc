#include "transfer/session_pool.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ftpull::transfer {
namespace {

/// How many connects in a row may fail beside living sessions before the number is taken as a limit
/// that the server, or a firewall, does not put into words (QUIRKS C9).
constexpr int kSilentRefusals = 3;

/// Rates of a moment are not exact, and one too few costs more than one too many.
constexpr double kSpareShare = 1.25;

/// For less work than this a login that will most likely be refused is not worth it.
constexpr Duration kWorthDoubting = std::chrono::seconds(10);

}  // namespace

void SessionPool::want(const SessionUser& user, int sessions, const std::string& path,
                       Duration left) {
  const auto known = std::find_if(wants_.begin(), wants_.end(),
                                  [&](const Want& want) { return want.user == &user; });
  if (sessions == 0) {
    if (known != wants_.end()) wants_.erase(known);
    for (Member& m : members_) {
      if (m.last_user == &user) m.last_user = nullptr;
      if (m.opened_for == &user) m.opened_for = nullptr;
    }
    if (wants_.empty()) failure_.reset();
  } else if (known != wants_.end()) {
    known->sessions = sessions;
    known->left = left;
  } else {
    wants_.push_back({&user, sessions, path, left});
  }
}

Duration SessionPool::left() const {
  Duration longest{};
  for (const Want& want : wants_) longest = std::max(longest, want.left);
  return longest;
}

int SessionPool::wanted() const {
  int sum = 0;
  for (const Want& want : wants_) sum += want.sessions;
  return sum;
}

int SessionPool::limit() const {
  return std::min(cap(), by_round_trips_ ? tuner_.most_useful() : tuner_.wanted());
}

/// Of so many for all users.
int SessionPool::share_of(const SessionUser& user, int sessions) const {
  int left = sessions;
  for (const Want& want : wants_) {
    const int given = std::min(want.sessions, left);
    if (want.user == &user) return given;
    left -= given;
  }
  return 0;
}

int SessionPool::lent_to(const SessionUser& user) const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(), [&](const Member& m) {
    return m.state == State::lent && m.user == &user;
  }));
}

Session* SessionPool::borrow(SessionUser& user) {
  if (lent_to(user) >= allotment(user)) return nullptr;
  // What a session knows of the user's file need not be asked again.
  const auto fits = [&](const Member& m) {
    return m.last_user == &user ? 2 : m.opened_for == &user ? 1 : 0;
  };
  auto idle = members_.end();
  for (auto it = members_.begin(); it != members_.end(); ++it) {
    if (it->state != State::idle) continue;
    if (idle == members_.end() || fits(*it) > fits(*idle)) idle = it;
  }
  if (idle == members_.end()) return nullptr;
  idle->state = State::lent;
  idle->user = &user;
  idle->idle_since.reset();
  return idle->session.get();
}

void SessionPool::give_back(Session& session) {
  Member& its = member(session);
  if (its.state == State::lent) its.state = State::idle;
  its.last_user = std::exchange(its.user, nullptr);
  its.moving_since.reset();
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
  cap_.lower(sessions);
}

int SessionPool::open_sessions() const {
  return count(State::idle) + count(State::lent);
}

int SessionPool::count(State state) const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(),
                                        [&](const Member& m) { return m.state == state; }));
}

int SessionPool::proven_idle_sessions() const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(), [](const Member& m) {
    return m.state == State::idle && m.proven;
  }));
}

TimePoint SessionPool::step(TimePoint now) {
  std::erase_if(members_, [](const Member& m) { return m.state == State::closed; });
  const TimePoint doubted = doubt_cap(now);
  tuner_.set_limit(cap());
  const TimePoint tuned = by_round_trips_ ? kNever : tuner_.step(load(now), now);
  return std::min({doubted, tuned, close_idle(now), open_more(now)});
}

/// When all sessions that the server allows are at work, and more could be.
TimePoint SessionPool::doubt_cap(TimePoint now) {
  const TimePoint next = cap_.next_try(now);
  const bool is_in_the_way = moving_sessions() >= cap() && wanted() > cap() &&
                             tuner_.wanted() >= cap() && left() >= kWorthDoubting;
  if (!is_in_the_way) return kNever;
  if (now < next) return next;
  cap_.try_one_more(now);
  return kNever;
}

int SessionPool::moving_sessions() const {
  return static_cast<int>(std::count_if(members_.begin(), members_.end(), [](const Member& m) {
    return m.state == State::lent && m.moving_since;
  }));
}

Tuner::Load SessionPool::load(TimePoint now) const {
  Tuner::Load load;
  double total = 0;
  double fastest = 0;
  load.demand = wanted() >= limit();
  load.lent = count(State::lent);
  if (!more_waits_) load.left = left();
  for (const Member& m : members_) {
    if (m.state != State::lent || !m.moving_since) continue;
    ++load.moving;
    load.round_trip = m.session->round_trip();
    load.path_is_full = m.session->path_is_full();
    if (now - *m.moving_since < Tuner::kRipeRoundTrips * load.round_trip) continue;
    ++load.ripe;
    const double rate = m.rate.per_second(now);
    total += rate;
    fastest = std::max(fastest, rate);
  }
  if (fastest > 0) load.enough = static_cast<int>(std::ceil(kSpareShare * total / fastest));
  return load;
}

/// What is idle beyond what is wanted: at once beyond what the server allows, else after a while.
TimePoint SessionPool::close_idle(TimePoint now) {
  TimePoint next = kNever;
  int held = held_sessions();
  for (Member& m : members_) {
    if (held <= std::min(wanted(), limit())) break;
    if (m.state != State::idle) continue;
    if (!m.idle_since) m.idle_since = now;
    if (held <= cap() && now < *m.idle_since + kIdleGrace) {
      next = std::min(next, *m.idle_since + kIdleGrace);
      continue;
    }
    m.state = State::closing;
    m.session->close();
    --held;
  }
  return next;
}

TimePoint SessionPool::open_more(TimePoint now) {
  const int opening = count(State::opening);
  int missing = std::min(wanted(), limit()) - held_sessions();
  if (failure_ || missing <= 0) return kNever;
  if (now < next_open_) return next_open_;
  // After a failure one at a time, until one has opened.
  if (failures_ > 0 || (one_first_ && !ever_open_)) missing = opening == 0 ? 1 : 0;
  for (; missing > 0; --missing) {
    if (!pace_.ready(now)) return pace_.ready_at();
    pace_.take(now);
    open_one();
  }
  return kNever;
}

/// For the first user that has too few.
void SessionPool::open_one() {
  const auto opening_for = [this](const SessionUser* user) {
    return static_cast<int>(std::count_if(members_.begin(), members_.end(), [&](const Member& m) {
      return m.state == State::opening && m.opened_for == user;
    }));
  };
  const auto lacks = std::find_if(wants_.begin(), wants_.end(), [&](const Want& want) {
    return lent_to(*want.user) + opening_for(want.user) < allotment(*want.user);
  });
  members_.push_back({factory_.make_session(*this)});
  Member& opened = members_.back();
  if (lacks != wants_.end()) opened.opened_for = lacks->user;
  opened.session->open(lacks != wants_.end() ? lacks->path : std::string());
}

void SessionPool::close_all() {
  wants_.clear();
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
  // A refusal that came before the first got in was no other's fault than the limit's.
  if (std::exchange(refused_first_, false)) lower_cap(open_sessions() + count(State::opening));
}

void SessionPool::on_inspected(Session& session, Result<ftp::FileFacts> facts, TimePoint) {
  if (SessionUser* user = member(session).user) user->on_inspected(session, std::move(facts));
}

void SessionPool::on_bytes(Session& session, uint64_t bytes, TimePoint now) {
  Member& its = member(session);
  if (!std::exchange(its.proven, true)) cap_.on_proven(open_sessions());
  failures_ = 0;
  tuner_.add(bytes);
  if (!its.moving_since) {
    its.moving_since = now;
    its.rate.start(now);
  } else {
    its.rate.add(bytes, now);
  }
  if (its.user != nullptr) its.user->on_bytes(session, bytes, now);
}

void SessionPool::on_range_end(Session& session, const RangeEnd& end, TimePoint now) {
  Member& its = member(session);
  its.moving_since.reset();
  if (SessionUser* user = its.user) user->on_range_end(session, end, now);
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
  const int open = open_sessions();
  const int opening = count(State::opening);
  const bool refused = end.error.kind == ErrorKind::busy || end.error.kind == ErrorKind::login;
  // Those that were begun together are one attempt, which the last of them decides.
  if (open > 0 || opening == 0) ++failures_;
  next_open_ = now + backoff_.wait_after(std::max(failures_, 1));
  cap_.on_open_failed();
  if (open > 0) {
    // Those under way may get in. The number in the server's words counts connections of others
    // too, so it can only lower.
    const int held = open + opening;
    if (refused)
      lower_cap(end.limit ? std::min(*end.limit, held) : held);
    else if (failures_ >= kSilentRefusals)
      lower_cap(held);
    return;
  }
  refused_first_ = opening > 0 && (refused || refused_first_);
  const bool hopeless = (end.error.kind == ErrorKind::login && !ever_open_) ||
                        end.error.kind == ErrorKind::usage || end.error.kind == ErrorKind::tls;
  if (end.error.kind == ErrorKind::busy && end.limit) lower_cap(*end.limit);
  if (hopeless || failures_ > retries_) {
    failure_ = end.error;
    if (!hopeless) failure_->message += gave_up_after(failures_);
    failures_ = 0;
    next_open_ = now;
  }
}

}  // namespace ftpull::transfer
