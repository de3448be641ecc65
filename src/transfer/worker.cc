#include "transfer/worker.h"

#include <algorithm>

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
  cut = false;
  rate.start(now);
}

uint64_t Worker::receive(uint64_t bytes, TimePoint now) {
  const uint64_t before = range_bytes();
  if (received_bytes == 0) {
    // What came first took no time that could be measured.
    first_byte = now;
    rate.start(now);
  } else {
    rate.add(bytes, now);
  }
  last_byte = now;
  received_bytes += bytes;
  return range_bytes() - before;
}

void Worker::end(TimePoint now) {
  state = State::idle;
  // What took no time tells no rate.
  if (const double brought = rate.per_second(now); received_bytes > 0 && brought > 0) {
    last_rate = brought;
  }
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

}  // namespace ftpull::transfer
