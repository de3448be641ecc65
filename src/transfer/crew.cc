#include "transfer/crew.h"

#include <algorithm>
#include <utility>

namespace ftpull::transfer {
namespace {

bool is_asked_anew(const Worker& worker) {
  return worker.state == Worker::State::inspecting && worker.asked_anew;
}

}  // namespace

void Crew::take() {
  while (Session* session = pool_.borrow(user_)) {
    Worker& worker = workers_[session];
    if (pool_.knows(*session, user_)) worker.state = Worker::State::idle;
  }
  for (auto& [session, worker] : workers_) {
    if (worker.leaving || worker.state != Worker::State::unproven) continue;
    worker.state = Worker::State::inspecting;
    session->inspect(path_, false);
  }
}

TimePoint Crew::ask_again(TimePoint now) {
  for (const auto& [session, worker] : workers_) {
    if (is_asked_anew(worker) && now < *worker.asked_anew + kAnswerPatience) {
      return *worker.asked_anew + kAnswerPatience;
    }
  }
  if (Session* const idle = pool_.borrow(user_)) workers_[idle].state = Worker::State::idle;
  Session* chosen = nullptr;
  for (const auto& [session, worker] : workers_) {
    // What has been idle for long has had the last reply to its transfer; but who was relieved of
    // what it had may stand still.
    const auto turn = [](const Worker& of) { return std::pair(of.cut, of.last_byte); };
    const bool is_next = chosen == nullptr || turn(worker) < turn(workers_.at(chosen));
    const bool is_free = !worker.leaving && worker.state != Worker::State::inspecting;
    if (is_free && is_next) chosen = session;
  }
  if (chosen == nullptr) return kNever;
  workers_[chosen].state = Worker::State::inspecting;
  workers_[chosen].asked_anew = now;
  chosen->inspect(path_, true);
  return now + kAnswerPatience;
}

int Crew::asked_in_vain(TimePoint now) const {
  return static_cast<int>(std::count_if(workers_.begin(), workers_.end(), [&](const auto& entry) {
    return is_asked_anew(entry.second) && now >= *entry.second.asked_anew + kAnswerPatience;
  }));
}

std::vector<Session*> Crew::in_turn() {
  std::vector<Session*> sessions;
  for (const auto& [session, worker] : workers_) {
    if (!worker.leaving) sessions.push_back(session);
  }
  const auto turn = [this](Session* session) {
    return of(*session).cut ? 2 : pool_.has_proven(*session) ? 0 : 1;
  };
  std::stable_sort(sessions.begin(), sessions.end(),
                   [&](Session* a, Session* b) { return turn(a) < turn(b); });
  return sessions;
}

bool Crew::has_idle() const {
  return pool_.idle_sessions() > 0 ||
         std::any_of(workers_.begin(), workers_.end(), [](const auto& entry) {
           return entry.second.state == Worker::State::idle && !entry.second.leaving;
         });
}

int Crew::joining() const {
  return std::max(pool_.expectation(user_) - count_fetching(workers_), 1);
}

int Crew::without_work() const {
  const int held = std::min(pool_.allotment(user_), pool_.held_sessions());
  return std::max(held - count_fetching(workers_), 1);
}

int Crew::able_beside(const Session& session) {
  return pool_.proven_idle_sessions() +
         static_cast<int>(std::count_if(workers_.begin(), workers_.end(), [&](const auto& entry) {
           const auto& [other, worker] = entry;
           return other != &session && !worker.leaving &&
                  (worker.fetching() || pool_.has_proven(*other));
         }));
}

bool Crew::release_surplus() {
  int surplus = static_cast<int>(workers_.size()) - pool_.allotment(user_);
  for (auto it = workers_.begin(); it != workers_.end() && surplus > 0;) {
    auto& [session, worker] = *it;
    const bool goes = worker.leaving || (worker.fetching() && worker.cut);
    const bool is_idle = !goes && worker.state == Worker::State::idle;
    if (is_idle) pool_.give_back(*session);
    if (goes || is_idle) --surplus;
    it = is_idle ? workers_.erase(it) : std::next(it);
  }
  return surplus > 0;
}

void Crew::dismiss(Session& session, Worker& worker) {
  worker.leaving = true;
  pool_.discard(session);
}

void Crew::give_back() {
  for (const auto& [session, worker] : workers_) {
    if (worker.state == Worker::State::inspecting) pool_.discard(*session);
    pool_.give_back(*session);
  }
  workers_.clear();
}

}  // namespace ftpull::transfer
