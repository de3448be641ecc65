#include "transfer/fetch_tally.h"

#include <algorithm>

namespace ftpull::transfer {
namespace {

constexpr Duration kReportInterval = std::chrono::milliseconds(100);

}  // namespace

void FetchTally::start(std::optional<uint64_t> size_bytes, uint64_t resumed_bytes, TimePoint now) {
  started_ = true;
  size_bytes_ = size_bytes;
  resumed_bytes_ = resumed_bytes;
  fetched_bytes_ = 0;
  rate_.start(now);
}

void FetchTally::add(uint64_t received, uint64_t new_bytes, int sessions, TimePoint now) {
  fetched_bytes_ += new_bytes;
  most_sessions_ = std::max(most_sessions_, sessions);
  rate_.add(received, now);
}

void FetchTally::report(uint64_t done_bytes, int sessions, TimePoint now) {
  next_report_ = now + kReportInterval;
  FetchProgress progress;
  progress.file = file_;
  progress.name = name_;
  progress.size_bytes = size_bytes_;
  progress.done_bytes = done_bytes;
  progress.resumed_bytes = resumed_bytes_;
  progress.bytes_per_second = rate_.per_second(now);
  progress.sessions = sessions;
  observer_.on_progress(progress);
}

void FetchTally::fill(FetchResult& result) const {
  result.fetched_bytes = fetched_bytes_;
  result.resumed_bytes = resumed_bytes_;
  result.connections = most_sessions_;
}

}  // namespace ftpull::transfer
