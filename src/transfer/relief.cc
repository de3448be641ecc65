#include "transfer/relief.h"

#include <algorithm>
#include <vector>

#include "transfer/picker.h"
#include "transfer/slow_start.h"

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
/// Below this share of what the others bring a data connection is called slow.
constexpr double kSlowShare = 0.7;
/// What a new one would bring until the end must be so much more: the next draw may be no better.
constexpr double kWorthGain = 1.2;
/// So many mature ones tell what is usual.
constexpr int kEnoughToCompare = 3;
/// Of one session.
constexpr int kMostRenewals = 4;
/// So many that did not help are enough.
constexpr int kFutileRenewals = 4;
constexpr double kHelps = 1.5;

bool is_mature(const Worker& worker, Duration opening, TimePoint now) {
  const Duration enough = std::max(kMatureOpenings * opening, kMatureTime);
  return worker.fetching() && worker.received_bytes > 0 && now - worker.first_byte >= enough;
}

bool is_silent(const Worker& worker, Duration opening, TimePoint now) {
  const TimePoint since = std::max(worker.last_byte, worker.began);
  return now - since > std::max(kStallOpenings * opening, kStallTime);
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

/// From asking for a range until the session brings this rate.
double delay_seconds(const Session& session, double bytes_per_second, Duration opening) {
  return to_seconds(opening) + slow_start_seconds(bytes_per_second, session.round_trip());
}

}  // namespace

bool stands_still(const Worker& worker, Duration opening, TimePoint now) {
  const bool may_be_slow_to_begin = worker.received_bytes == 0 && worker.failures > 0;
  return worker.fetching() && !may_be_slow_to_begin && is_silent(worker, opening, now);
}

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
  double delay = 0;
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const auto& [session, worker] = *it;
    if (!worker.fetching() || worker.leaving || worker.cut) continue;
    // The rates of slow start say nothing; one that has brought nothing for long stands still.
    const bool is_silent = worker.received_bytes == 0 && now - worker.began > kNew * opening;
    const bool is_new = !is_silent && !is_mature(worker, opening, now);
    const double rate = is_new ? usual : worker.rate.per_second(now);
    // What comes before the range's begin is its lead. What it has claimed may be behind its end.
    const uint64_t claimed = std::max(session->claimed(), worker.range.begin);
    delay = delay_seconds(*session, usual, opening);
    const double waits = is_new ? std::max(delay - to_seconds(now - worker.began), 0.0) : 0;
    active.push_back({std::min(claimed, worker.range.end), worker.range.end, rate, waits});
    owners.push_back(it);
  }
  const auto chosen = choose_split(active, {joining, usual, delay}, segment_bytes);
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

void cut_stalled(Workers& workers, Duration opening, TimePoint now) {
  for (auto& [session, worker] : workers) {
    if (worker.fetching() && worker.cut && is_silent(worker, opening, now)) session->cut();
  }
}

Workers::iterator find_hand_over(Workers& workers, Duration opening, double ended_rate,
                                 TimePoint now) {
  auto last = workers.end();
  double longest = 0;
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const auto& [session, worker] = *it;
    if (!worker.fetching() || worker.leaving || worker.cut) continue;
    if (stands_still(worker, opening, now)) return it;
    if (!is_mature(worker, opening, now)) continue;
    const double seconds = left_seconds(*session, worker, now);
    if (seconds > longest) {
      longest = seconds;
      last = it;
    }
  }
  if (last == workers.end()) return last;
  const double usual = usual_rate(workers, now, &last->second);
  const double rate = usual > 0 ? usual : ended_rate;
  if (rate <= 0) return workers.end();
  const uint64_t from = std::max(last->first->claimed(), last->second.range.begin);
  const double taken_over = delay_seconds(*last->first, rate, opening) +
                            static_cast<double>(last->second.range.end - from) / rate;
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
  const auto is_stalled = [&](const auto& entry) {
    const Worker& worker = entry.second;
    return worker.fetching() && worker.received_bytes > 0 && !worker.leaving && !worker.cut &&
           is_silent(worker, opening, now) && worker.renewals < kMostRenewals;
  };
  const auto brings = [&](const auto& entry) {
    const Worker& worker = entry.second;
    return worker.fetching() && worker.received_bytes > 0 && now - worker.last_byte < patience / 2;
  };
  const bool others = std::any_of(workers.begin(), workers.end(), brings);
  return others ? std::find_if(workers.begin(), workers.end(), is_stalled) : workers.end();
}

/// Until all have what they are to bring, as ranges are split when it is not the same for all.
double seconds_to_end(const Workers& workers, TimePoint now) {
  double left_bytes = 0;
  double rate = 0;
  for (const auto& [session, worker] : workers) {
    if (!worker.fetching()) continue;
    const uint64_t from = std::max(session->claimed(), worker.range.begin);
    left_bytes += static_cast<double>(worker.range.end - std::min(from, worker.range.end));
    rate += worker.rate.per_second(now);
  }
  return left_bytes / std::max(rate, 1.0);
}

}  // namespace

Workers::iterator Renewals::find(Workers& workers, Duration opening, TimePoint now) {
  judge(workers, opening, now);
  if (const auto stalled = find_stalled(workers, opening, now); stalled != workers.end()) {
    return stalled;
  }
  const bool may_help = futile_ < kFutileRenewals + helped_ &&
                        std::none_of(workers.begin(), workers.end(),
                                     [](const auto& entry) { return entry.first->path_is_full(); });
  if (!may_help) return workers.end();
  double rates = 0;
  int mature = 0;
  auto slowest = workers.end();
  double lowest = 0;
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const Worker& worker = it->second;
    if (worker.leaving || worker.cut || !is_mature(worker, opening, now)) continue;
    const double rate = worker.rate.per_second(now);
    rates += rate;
    ++mature;
    if (worker.renewals >= kMostRenewals) continue;
    if (slowest == workers.end() || rate < lowest) {
      slowest = it;
      lowest = rate;
    }
  }
  if (slowest == workers.end() || mature < kEnoughToCompare) return workers.end();
  const double usual = (rates - lowest) / (mature - 1);
  const double seconds = seconds_to_end(workers, now);
  const double delay = delay_seconds(*slowest->first, usual, opening);
  const bool slow = lowest < kSlowShare * usual;
  const bool worth = usual * (seconds - delay) > kWorthGain * lowest * seconds;
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
    // A server that is slow to a client stays so; a path may give each connection another share.
    if (!has_helped && helped_ == 0) worker.renewals = kMostRenewals;
    worker.rate_before_renewal.reset();
  }
}

}  // namespace ftpull::transfer
