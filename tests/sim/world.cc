#include "world.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "sim_session.h"

namespace ftpull::sim {
namespace {

ftp::FileFacts facts_of(uint64_t size_bytes) {
  constexpr int64_t kMtime = 1577934245;
  return {size_bytes, ftp::Mdtm{"20200102030405", kMtime}, {}};
}

}  // namespace

const char* name_of(Phase phase) {
  switch (phase) {
    case Phase::absent:
      return "absent";
    case Phase::opening:
      return "opening";
    case Phase::inspecting:
      return "inspecting";
    case Phase::idle:
      return "idle";
    case Phase::asking:
      return "asking";
    case Phase::stalled:
      return "stalled";
    case Phase::flowing:
      return "flowing";
  }
  return "";
}

World::World(const Path& its_path, uint64_t its_size_bytes, int sessions, bool tells)
    : path(its_path),
      size_bytes(its_size_bytes),
      link(path),
      facts(facts_of(its_size_bytes)),
      sessions_(sessions),
      tells_(tells) {}

void World::after(Duration wait, std::function<void()> event) {
  events_.emplace(std::pair{now_ + wait, ++made_}, std::move(event));
}

TimePoint World::next_wake(TimePoint until) const {
  TimePoint next = until;
  if (!events_.empty()) next = std::min(next, events_.begin()->first.first);
  if (link.flows() == 0) return next;
  const Duration change = link.next_change();
  if (change != Duration::max()) next = std::min(next, kBegin + change);
  return std::min(next, next_step_);
}

bool World::advance(TimePoint until) {
  for (;;) {
    const TimePoint next = next_wake(until);
    if (next == kNever) return false;
    if (next > now_) account(next - now_);
    now_ = std::max(now_, next);
    link.advance(since_begin());
    bool happened = deliver();
    while (!events_.empty() && events_.begin()->first.first <= now_) {
      events_.extract(events_.begin()).mapped()();
      happened = true;
    }
    if (happened || now_ >= until) return true;
  }
}

bool World::deliver() {
  const bool step = now_ >= next_step_;
  // Where nothing flows no step is made.
  if (step) next_step_ += ((now_ - next_step_) / kStep + 1) * kStep;
  bool happened = step;
  for (SimSession* session : members_) {
    if (step) session->take_bytes();
    happened = session->settle() || happened;
  }
  if (step && tells_ && since_begin() % std::chrono::seconds(1) == Duration(0)) tell_state();
  return happened;
}

void World::account(Duration passed) {
  const double share = to_seconds(passed) / sessions_;
  int present = 0;
  for (const SimSession* session : members_) {
    if (session->phase() == Phase::absent) continue;
    spent_[static_cast<size_t>(session->phase())] += share;
    ++present;
  }
  spent_[static_cast<size_t>(Phase::absent)] += share * std::max(sessions_ - present, 0);
}

void World::note_bytes(uint64_t bytes) {
  sent_bytes += bytes;
  last_byte_ = since_begin();
  spent_then_ = spent_;
}

void World::tell(int session, const std::string& what) const {
  if (!tells_) return;
  std::fputs(fmt::format("{:8.3f}  #{:<2} {}\n", to_seconds(since_begin()), session, what).c_str(),
             stdout);
}

void World::tell_state() const {
  std::array<int, kPhases> count{};
  for (const SimSession* session : members_) ++count[static_cast<size_t>(session->phase())];
  std::string text;
  for (size_t i = 1; i < kPhases; ++i) {
    if (count[i] > 0) text += fmt::format("  {} {}", count[i], name_of(static_cast<Phase>(i)));
  }
  constexpr double kMegabyte = 1e6;
  std::fputs(fmt::format("{:8.3f}  {:5.1f} %  {:.3f} MB/s{}\n", to_seconds(since_begin()),
                         100 * static_cast<double>(sent_bytes) / static_cast<double>(size_bytes),
                         link.total_rate() / kMegabyte, text)
                 .c_str(),
             stdout);
}

void SimBackground::run(std::function<void()> work, std::function<void()> done) {
  world_.after(dice_.even(Duration(0), world_.path.disk_delay),
               [work = std::move(work), done = std::move(done)] {
                 work();
                 done();
               });
}

}  // namespace ftpull::sim
