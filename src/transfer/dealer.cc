#include "transfer/dealer.h"

#include <algorithm>

#include "transfer/picker.h"

namespace ftpull::transfer {
namespace {

/// A session that is not open yet costs a login besides: what is left must take this many openings
/// of a transfer.
constexpr double kWorthLogin = 4;

/// Early enough for the window never to close, late enough for a new session to take the range.
constexpr double kNearlyDoneSeconds = 0.5;

}  // namespace

void Dealer::note_opening(Duration took) {
  constexpr double kWeight = 0.3;
  opening_seconds_ += kWeight * (to_seconds(took) - opening_seconds_);
}

void Dealer::note_end(const Worker& worker) {
  if (worker.received_bytes > 0 && worker.last_rate > 0) ended_rate_ = worker.last_rate;
}

Duration Dealer::opening() const {
  return from_seconds(opening_seconds_);
}

int Dealer::useful_sessions(Workers& workers, int joining, uint64_t left_bytes,
                            double bytes_per_second, TimePoint now) const {
  constexpr uint64_t kMany = 1'000'000;  // more than anyone allows
  const auto segments = [this](uint64_t bytes) {
    return (bytes + segment_bytes_ - 1) / segment_bytes_;
  };
  uint64_t useful = 0;
  for (const auto& [session, worker] : workers) {
    if (!worker.fetching()) continue;
    // It and who takes what it leaves.
    useful += worker.cut || stands_still(worker, opening(), now) ? 2 : 1;
  }
  useful += segments(queue_.total_bytes());
  const bool is_long =
      static_cast<double>(left_bytes) > bytes_per_second * kWorthLogin * opening_seconds_;
  if (is_long) {
    useful = std::max(useful, segments(left_bytes));
  } else if (queue_.empty() && find_part(workers, joining, opening(), segment_bytes_, now)) {
    ++useful;
  }
  return static_cast<int>(std::min(useful, kMany));
}

std::optional<WaitingRange> Dealer::deal(Workers& workers, int without_work, int joining,
                                         TimePoint now) {
  uint64_t missing = queue_.total_bytes();
  for (const auto& [session, worker] : workers) {
    if (!worker.fetching()) continue;
    missing += worker.range.end - std::min(session->claimed(), worker.range.end);
  }
  // An even share of what waits among those that are there, but not less than one of everything.
  const int all = count_fetching(workers) + std::max(joining, 1);
  const uint64_t share = std::max(even_share(queue_.total_bytes(), without_work, segment_bytes_),
                                  even_share(missing, all, segment_bytes_));
  if (auto waiting = queue_.take(share, segment_bytes_, now)) return waiting;
  const auto part = find_part(workers, joining, opening(), segment_bytes_, now);
  if (!part) return std::nullopt;
  return WaitingRange{split(*part->victim, part->at)};
}

void Dealer::extend(Workers& workers, const std::function<bool(uint64_t)>& is_end_of_file,
                    TimePoint now) {
  if (queue_.empty()) return;
  const uint64_t share = even_share(queue_.total_bytes(), count_fetching(workers), segment_bytes_);
  for (auto& [session, worker] : workers) {
    const bool goes_on = worker.fetching() && worker.received_bytes > 0 && !worker.leaving &&
                         !worker.cut && session->claimed() < worker.range.end;
    if (!goes_on || left_seconds(*session, worker, now) > kNearlyDoneSeconds) continue;
    const auto more = queue_.take_at(worker.range.end, share, segment_bytes_, now);
    if (!more) continue;
    worker.range.end = more->end;
    session->set_end(more->end, is_end_of_file(more->end));
  }
}

void Dealer::relieve(Workers& workers, bool has_idle, TimePoint now) {
  cut_stalled(workers, opening(), now);
  // One at a time: what becomes of it changes the picture.
  const auto is_being_cut = [](const auto& entry) {
    return entry.second.fetching() && entry.second.cut;
  };
  if (!queue_.empty() || std::any_of(workers.begin(), workers.end(), is_being_cut)) return;
  const auto slow = has_idle ? find_hand_over(workers, opening(), ended_rate_, now)
                             : renewals_.find(workers, opening(), now);
  if (slow == workers.end()) return;
  if (!has_idle) renewals_.begin(slow->second, now);
  end_range(*slow, now);
}

void Dealer::end_slowest(Workers& workers, TimePoint now) {
  const auto slowest = find_slowest(workers, now);
  if (slowest != workers.end()) end_range(*slowest, now);
}

void Dealer::end_range(Workers::value_type& worker, TimePoint now) {
  if (const auto rest = wind_up(worker, opening(), segment_bytes_, now)) queue_.add({*rest});
}

}  // namespace ftpull::transfer
