#include "transfer/relief.h"

#include <algorithm>
#include <vector>

#include "transfer/picker.h"

namespace ftpull::transfer {
namespace {

/// A rate is believed after this many openings of a transfer, when slow start is over.
constexpr int kMatureOpenings = 3;
constexpr Duration kMatureTime = std::chrono::milliseconds(800);
/// One that has brought nothing after so many has a rate: none.
constexpr int kNew = 4;
/// Silence for so long is no hiccup while others move.
constexpr int kStallOpenings = 8;
constexpr Duration kStallTime = std::chrono::milliseconds(1'500);
/// A share of the median rate below which a data connection is called slow.
constexpr double kSlowShare = 0.5;
/// So many mature ones make a median.
constexpr size_t kEnoughToCompare = 3;
/// What is left must take so many openings, or a new connection is not worth it.
constexpr int kWorthOpenings = 5;
/// Of one session: a server that is slow to this client stays so.
constexpr int kMostRenewals = 4;
/// So many that did not help are enough.
constexpr int kFutileRenewals = 2;
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

std::optional<Part> find_part(Workers& workers, int joining, Duration opening,
                              uint64_t segment_bytes, TimePoint now) {
  std::vector<ActiveRange> active;
  std::vector<Workers::iterator> owners;
  const double usual = usual_rate(workers, now);
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const auto& [session, worker] = *it;
    if (!worker.fetching() || worker.leaving || worker.cut) continue;
    // The rates of slow start say nothing; one that has brought nothing for long stands still.
    const bool is_silent = worker.received_bytes == 0 && now - worker.began > kNew * opening;
    const bool is_new = !is_silent && !is_mature(worker, opening, now);
    const double rate = is_new ? usual : worker.rate.per_second(now);
    // What comes before the range's begin is its lead. What it has claimed may be behind its end.
    const uint64_t claimed = std::max(session->claimed(), worker.range.begin);
    active.push_back({std::min(claimed, worker.range.end), worker.range.end, rate});
    owners.push_back(it);
  }
  const auto chosen = choose_split(active, {joining, usual, opening}, segment_bytes);
  if (!chosen) return std::nullopt;
  return Part{owners[chosen->victim], chosen->at};
}

Range split(Workers::value_type& victim, uint64_t at) {
  auto& [session, worker] = victim;
  const Range given{at, worker.range.end};
  worker.range.end = at;
  session->set_end(at, false);
  return given;
}

std::optional<Range> wind_up(Workers::value_type& victim, Duration opening, uint64_t segment_bytes,
                             TimePoint now) {
  auto& [session, worker] = victim;
  worker.cut = true;
  // Opening a transfer takes some round trips, so this is more than one.
  const double under_way = worker.rate.per_second(now) * to_seconds(opening) / 2;
  const uint64_t come =
      std::max(session->claimed(), worker.range.begin) + static_cast<uint64_t>(under_way);
  const uint64_t at = (come / segment_bytes + 1) * segment_bytes;
  const double soon = 2 * to_seconds(opening) * worker.rate.per_second(now);
  const bool comes_soon = static_cast<double>(at - std::min(at, session->claimed())) <= soon;
  if (comes_soon && at < worker.range.end) return split(victim, at);
  session->cut();
  return std::nullopt;
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

namespace {

/// One that brings nothing any more while others do.
Workers::iterator find_stalled(Workers& workers, Duration opening, TimePoint now) {
  const Duration patience = std::max(kStallOpenings * opening, kStallTime);
  const auto is_silent = [&](const auto& entry) {
    const Worker& worker = entry.second;
    return worker.fetching() && worker.received_bytes > 0 && !worker.leaving && !worker.cut &&
           now - worker.last_byte > patience && worker.renewals < kMostRenewals;
  };
  const auto brings = [&](const auto& entry) {
    const Worker& worker = entry.second;
    return worker.fetching() && worker.received_bytes > 0 && now - worker.last_byte < patience / 2;
  };
  const bool others = std::any_of(workers.begin(), workers.end(), brings);
  return others ? std::find_if(workers.begin(), workers.end(), is_silent) : workers.end();
}

}  // namespace

Workers::iterator Renewals::find(Workers& workers, Duration opening, TimePoint now) {
  judge(workers, opening, now);
  if (const auto stalled = find_stalled(workers, opening, now); stalled != workers.end()) {
    return stalled;
  }
  if (futile_ >= kFutileRenewals + helped_) return workers.end();
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
  ++worker.renewals;
  worker.rate_before_renewal = worker.rate.per_second(now);
}

/// Those that have had time to show it.
void Renewals::judge(Workers& workers, Duration opening, TimePoint now) {
  for (auto& [session, worker] : workers) {
    if (!worker.rate_before_renewal || worker.cut || !is_mature(worker, opening, now)) continue;
    const bool has_helped = worker.rate.per_second(now) > kHelps * *worker.rate_before_renewal;
    ++(has_helped ? helped_ : futile_);
    if (!has_helped) worker.renewals = kMostRenewals;
    worker.rate_before_renewal.reset();
  }
}

}  // namespace ftpull::transfer
