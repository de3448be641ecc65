// A session at work for one file, and what is asked of all of them together.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "core/range.h"
#include "core/rate_meter.h"
#include "core/time.h"
#include "store/part_file.h"
#include "transfer/range_queue.h"
#include "transfer/session.h"

namespace ftpull::transfer {

/// Short enough to see a connection become slow while something can still be done about it.
inline constexpr Duration kRateHalfLife = std::chrono::milliseconds(800);

struct Worker {
  enum class State {
    unproven,    // whether it sees the same file as the others is not known
    inspecting,  // asks its server for the file's facts
    idle,
    fetching
  };

  State state = State::unproven;
  /// Since when, while it inspects, it is asked for more than an older answer.
  std::optional<TimePoint> asked_anew{};
  Range range;
  int failures = 0;  // of the range, in a row without a byte
  std::unique_ptr<store::PartFile::Writer> writer;
  TimePoint began{};
  TimePoint first_byte{};
  TimePoint last_byte{};
  uint64_t received_bytes = 0;
  uint64_t lead_bytes = 0;  // of those, the first ones, which are only compared
  RateMeter rate{kRateHalfLife};
  double last_rate = 0;  // of its last range, bytes a second
  bool cut = false;      // what it does not get of its range is for others
  int renewals = 0;      // how often it got a new data connection for being slow
  std::optional<double> rate_before_renewal{};  // of the last one, until it has been judged
  bool leaving = false;  // being closed; what it leaves behind is not put back

  /// Takes a range, whose bytes the writer is for.
  void begin(const WaitingRange& work, std::unique_ptr<store::PartFile::Writer> its_writer,
             TimePoint now);
  /// Bytes have come. Says how many of them belong to the range.
  uint64_t receive(uint64_t bytes, TimePoint now);
  /// The range has ended, somehow.
  void end(TimePoint now);

  bool fetching() const { return state == State::fetching; }
  /// Received bytes that belong to the range.
  uint64_t range_bytes() const { return received_bytes - std::min(received_bytes, lead_bytes); }
};

/// Addresses would give another order in each run.
struct ByNumber {
  bool operator()(const Session* a, const Session* b) const { return a->number() < b->number(); }
};
using Workers = std::map<Session*, Worker, ByNumber>;

int count_fetching(const Workers& workers);
/// Those that have received something for their range.
int count_moving(const Workers& workers);

}  // namespace ftpull::transfer
