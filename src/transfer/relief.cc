#include "transfer/relief.h"

#include <algorithm>
#include <vector>

#include "transfer/picker.h"

namespace ftpull::transfer {
namespace {

/// A rate is believed after this many openings of a transfer, when slow start is over.
constexpr int kMatureOpenings = 3;
constexpr Duration kMatureTime = std::chrono::milliseconds(300);
/// One that has brought nothing after so many has a rate: none.
constexpr int kNew = 4;
/// A share of the median rate below which a data connection is called slow.
constexpr double kSlowShare = 0.5;
/// So many mature ones make a median.
constexpr size_t kEnoughToCompare = 3;
/// What is left must take so many openings, or a new connection is not worth it.
constexpr int kWorthOpenings = 5;
/// Of one session: a server that is slow to this client stays so.
constexpr int kMostRenewals = 4;
/// So many renewals tell whether they help.
constexpr int kTrialRenewals = 4;
constexpr double kHelps = 1.5;

bool is_mature(const Worker& worker, Duration opening, TimePoint now) {
  const Duration enough = std::max(kMatureOpenings * opening, kMatureTime);
  return worker.fetching() && worker.received_bytes > 0 && now - worker.first_byte >= enough;
}

/// What a session brings, going by what all but one do or did; 0: nothing is known.
double usual_rate(const Workers& workers, TimePoint now, const Worker* except = nullptr) {
  double sum = 0;
  int known = 0;
  for (const auto& [session, worker] : workers) {
    if (&worker == except || worker.leaving) continue;
    const bool moves = worker.fetching() && worker.received_bytes > 0;
    const double rate = moves ? worker.rate.per_second(now) : worker.last_rate;
    if (rate <= 0) continue;
    sum += rate;
    ++known;
  }
  return known > 0 ? sum / known : 0;
}

}  // namespace

double left_seconds(const Session& session, const Worker& worker, TimePoint now) {
  const uint64_t from = std::max(session.claimed(), worker.range.begin);
  if (from >= worker.range.end) return 0;
  return static_cast<double>(worker.range.end - from) / std::max(worker.rate.per_second(now), 1.0);
}

std::optional<Range> split_slowest(Workers& workers, int joining, Duration opening,
                                   uint64_t segment_bytes, TimePoint now) {
  std::vector<ActiveRange> active;
  std::vector<Workers::iterator> owners;
  const double usual = usual_rate(workers, now);
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const auto& [session, worker] = *it;
    if (!worker.fetching() || worker.leaving || worker.cut) continue;
    // One that has only just begun has no rate yet; it is not slow.
    const bool is_new = !is_mature(worker, opening, now) && now - worker.began < kNew * opening;
    const double rate = is_new ? usual : worker.rate.per_second(now);
    // What comes before the range's begin is its lead. What it has claimed may be behind its end.
    const uint64_t claimed = std::max(session->claimed(), worker.range.begin);
    active.push_back({std::min(claimed, worker.range.end), worker.range.end, rate});
    owners.push_back(it);
  }
  if (active.empty()) return std::nullopt;
  const auto split = choose_split(active, {joining, usual, opening}, segment_bytes);
  if (!split) return std::nullopt;
  auto& [session, victim] = *owners[split->victim];
  const Range given{split->at, victim.range.end};
  victim.range.end = split->at;
  session->set_end(split->at, false);
  return given;
}

Workers::iterator find_hand_over(Workers& workers, Duration opening, TimePoint now) {
  auto last = workers.end();
  double longest = 0;
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const auto& [session, worker] = *it;
    if (!is_mature(worker, opening, now) || worker.leaving || worker.cut) continue;
    const double seconds = left_seconds(*session, worker, now);
    if (seconds > longest) {
      longest = seconds;
      last = it;
    }
  }
  if (last == workers.end()) return last;
  const double rate = usual_rate(workers, now, &last->second);
  if (rate <= 0) return workers.end();
  const uint64_t from = std::max(last->first->claimed(), last->second.range.begin);
  const double taken_over =
      to_seconds(opening) + static_cast<double>(last->second.range.end - from) / rate;
  return longest > 2 * taken_over ? last : workers.end();
}

Workers::iterator find_slowest(Workers& workers, TimePoint now) {
  auto slowest = workers.end();
  double lowest = 0;
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const Worker& worker = it->second;
    if (!worker.fetching() || worker.received_bytes == 0 || worker.leaving || worker.cut) continue;
    const double rate = worker.rate.per_second(now);
    if (slowest != workers.end() && rate >= lowest) continue;
    slowest = it;
    lowest = rate;
  }
  return slowest;
}

Workers::iterator Renewals::find(Workers& workers, Duration opening, TimePoint now) {
  judge(workers, opening, now);
  if (tried_ >= kTrialRenewals && 2 * helped_ < tried_) return workers.end();
  std::vector<double> rates;
  auto slowest = workers.end();
  double lowest = 0;
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const Worker& worker = it->second;
    if (worker.leaving || worker.cut || !is_mature(worker, opening, now)) continue;
    const double rate = worker.rate.per_second(now);
    rates.push_back(rate);
    if (worker.renewals >= kMostRenewals) continue;
    if (slowest == workers.end() || rate < lowest) {
      slowest = it;
      lowest = rate;
    }
  }
  if (slowest == workers.end() || rates.size() < kEnoughToCompare) return workers.end();
  const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
  std::nth_element(rates.begin(), middle, rates.end());
  const bool slow = lowest < kSlowShare * *middle;
  const auto& [session, worker] = *slowest;
  const bool worth = left_seconds(*session, worker, now) > kWorthOpenings * to_seconds(opening);
  return slow && worth ? slowest : workers.end();
}

void Renewals::begin(Worker& worker, TimePoint now) {
  worker.cut = true;
  ++worker.renewals;
  worker.rate_before_renewal = worker.rate.per_second(now);
}

/// Those that have had time to show it.
void Renewals::judge(Workers& workers, Duration opening, TimePoint now) {
  for (auto& [session, worker] : workers) {
    if (!worker.rate_before_renewal || worker.cut || !is_mature(worker, opening, now)) continue;
    ++tried_;
    if (worker.rate.per_second(now) > kHelps * *worker.rate_before_renewal) ++helped_;
    worker.rate_before_renewal.reset();
  }
}

}  // namespace ftpull::transfer
