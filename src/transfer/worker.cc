#include "transfer/worker.h"

#include <algorithm>
#include <vector>

#include "transfer/picker.h"

namespace ftpull::transfer {

void Worker::begin(const WaitingRange& work, std::unique_ptr<store::PartFile::Writer> its_writer,
                   TimePoint now) {
  state = State::fetching;
  range = work.range;
  failures = work.failures;
  writer = std::move(its_writer);
  began = now;
  received_bytes = 0;
  lead_bytes = range.begin - writer->wire_begin();
  rate.start(now);
}

uint64_t Worker::receive(uint64_t bytes, TimePoint now) {
  const uint64_t before = range_bytes();
  received_bytes += bytes;
  rate.add(bytes, now);
  return range_bytes() - before;
}

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
