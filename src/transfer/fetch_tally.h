// How far one fetch is: counts what comes, and tells the observer now and then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ftpull/fetch.h"

#include "core/rate_meter.h"
#include "core/time.h"

namespace ftpull::transfer {

class FetchTally {
 public:
  /// The observer must outlive it.
  FetchTally(std::string name, size_t file, Observer& observer)
      : name_(std::move(name)), file_(file), observer_(observer) {}

  /// Begins anew, with what an earlier run left.
  void start(std::optional<uint64_t> size_bytes, uint64_t resumed_bytes, TimePoint now);
  bool started() const { return started_; }

  /// `received` bytes came, `new_bytes` of which belong to the file, while so many sessions moved
  /// data.
  void add(uint64_t received, uint64_t new_bytes, int sessions, TimePoint now);

  uint64_t fetched_bytes() const { return fetched_bytes_; }
  uint64_t resumed_bytes() const { return resumed_bytes_; }
  /// At least one byte is on disk, or came and went.
  bool has_bytes() const { return fetched_bytes_ + resumed_bytes_ > 0; }

  double bytes_per_second(TimePoint now) const { return rate_.per_second(now); }
  TimePoint next_report() const { return next_report_; }
  void report(uint64_t done_bytes, int sessions, TimePoint now);
  void fill(FetchResult& result) const;

 private:
  const std::string name_;  // as it is shown
  const size_t file_;
  Observer& observer_;
  bool started_ = false;
  std::optional<uint64_t> size_bytes_;
  uint64_t resumed_bytes_ = 0;
  uint64_t fetched_bytes_ = 0;
  int most_sessions_ = 0;
  RateMeter rate_;
  TimePoint next_report_{};
};

}  // namespace ftpull::transfer
