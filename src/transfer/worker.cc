#include "transfer/worker.h"

#include <algorithm>
#include <vector>

#include "transfer/picker.h"

namespace ftpull::transfer {

int count_fetching(const Workers& workers) {
  return static_cast<int>(std::count_if(workers.begin(), workers.end(),
                                        [](const auto& entry) { return entry.second.fetching(); }));
}

int count_moving(const Workers& workers) {
  return static_cast<int>(std::count_if(workers.begin(), workers.end(), [](const auto& entry) {
    return entry.second.fetching() && entry.second.received_bytes > 0;
  }));
}

std::optional<Range> split_slowest(Workers& workers, Duration opening, uint64_t segment_bytes,
                                   TimePoint now) {
  std::vector<ActiveRange> active;
  std::vector<Workers::iterator> owners;
  double total_rate = 0;
  for (auto it = workers.begin(); it != workers.end(); ++it) {
    const auto& [session, worker] = *it;
    if (!worker.fetching() || worker.leaving) continue;
    // One that has only just begun has no rate yet; it is not slow.
    if (worker.received_bytes == 0 && now - worker.began < 2 * opening) continue;
    const double rate = worker.rate.per_second(now);
    total_rate += rate;
    // What comes before the range's begin is its lead.
    active.push_back({std::max(session->claimed(), worker.range.begin), worker.range.end, rate});
    owners.push_back(it);
  }
  if (active.empty()) return std::nullopt;
  const double mean_rate = total_rate / static_cast<double>(active.size());
  const auto split = choose_split(active, mean_rate, opening, segment_bytes);
  if (!split) return std::nullopt;
  auto& [session, victim] = *owners[split->victim];
  const Range given{split->at, victim.range.end};
  victim.range.end = split->at;
  session->set_end(split->at, false);
  return given;
}

}  // namespace ftpull::transfer
