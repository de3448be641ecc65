#include "transfer/crew.h"

#include <algorithm>

namespace ftpull::transfer {

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

void Crew::ask_again() {
  Session* chosen = nullptr;
  for (const auto& [session, worker] : workers_) {
    if (worker.state == Worker::State::inspecting) return;
    if (!worker.leaving) chosen = session;
  }
  if (chosen == nullptr) chosen = pool_.borrow(user_);
  if (chosen == nullptr) return;
  workers_[chosen].state = Worker::State::inspecting;
  chosen->inspect(path_, true);
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
  return pool_.idle_sessions() +
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
