#include "transfer/picker.h"

#include <algorithm>

namespace ftpull::transfer {
namespace {

/// The end must be so many times as far away as the delay of one more session.
constexpr double kWorthDelays = 2;

/// Nobody notices less, and each cut wastes what is on its way.
constexpr double kLeastGainSeconds = 0.1;

/// A rest of less than this part of a share is not left behind: it would cost an opening of its
/// own.
constexpr uint64_t kLeftover = 4;

/// Stands for "nothing comes": slow enough that nearly everything is taken away from such a range.
constexpr double kStalledBytesPerSecond = 1;

double rate_of(const ActiveRange& range) {
  return std::max(range.bytes_per_second, kStalledBytesPerSecond);
}

double seconds_left(const ActiveRange& range) {
  return range.delay_seconds + static_cast<double>(range.end - range.claimed) / rate_of(range);
}

/// When all would be done if what is left were shared out perfectly among those that are there and
/// as many of those that join as are worth it.
double seconds_to_end(std::span<const ActiveRange> active, int joining, double their_rate,
                      double their_delay) {
  double left = 0;
  double rate = 0;
  for (const ActiveRange& range : active) {
    left += static_cast<double>(range.end - std::min(range.claimed, range.end)) +
            range.delay_seconds * rate_of(range);
    rate += rate_of(range);
  }
  for (int more = std::max(joining, 1);; --more) {
    const double seconds = (left + more * their_rate * their_delay) / (rate + more * their_rate);
    if (more == 1 || seconds >= kWorthDelays * their_delay) return seconds;
  }
}

uint64_t round_up(uint64_t value, uint64_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

uint64_t even_share(uint64_t missing_bytes, int sessions, uint64_t segment_bytes) {
  const auto parts = static_cast<uint64_t>(std::max(sessions, 1));
  return std::max(round_up((missing_bytes + parts - 1) / parts, segment_bytes), segment_bytes);
}

Range first_part(Range waiting, uint64_t share, uint64_t segment_bytes) {
  if (waiting.size() <= share || waiting.size() - share < share / kLeftover) return waiting;
  const uint64_t cut = round_up(waiting.begin + share, segment_bytes);
  return {waiting.begin, std::min(cut, waiting.end)};
}

std::optional<Split> choose_split(std::span<const ActiveRange> active, const Joining& joining,
                                  uint64_t segment_bytes) {
  const auto last = std::max_element(
      active.begin(), active.end(),
      [](const ActiveRange& a, const ActiveRange& b) { return seconds_left(a) < seconds_left(b); });
  if (last == active.end() || last->claimed >= last->end) return std::nullopt;

  const double cost = joining.delay_seconds;
  const double rate = rate_of(*last);
  const double left = static_cast<double>(last->end - last->claimed);
  const double our_rate = joining.bytes_per_second > 0 ? joining.bytes_per_second : rate;
  const double all_done = seconds_to_end(active, joining.sessions, our_rate, cost);
  const double taken = std::min(left - rate * std::max(all_done - last->delay_seconds, 0.0),
                                our_rate * (all_done - cost));
  if (taken <= 0) return std::nullopt;
  const auto kept = static_cast<uint64_t>(left - taken);
  uint64_t at = round_up(last->claimed + kept - std::min(kept, segment_bytes / 2), segment_bytes);
  // At least one byte stays: a range that is already complete cannot be moved.
  if (at <= last->claimed) at = round_up(last->claimed + 1, segment_bytes);
  if (at >= last->end) return std::nullopt;

  const double kept_seconds = last->delay_seconds + static_cast<double>(at - last->claimed) / rate;
  const double given_seconds = cost + static_cast<double>(last->end - at) / our_rate;
  const double gain = seconds_left(*last) - std::max(kept_seconds, given_seconds);
  if (gain <= kLeastGainSeconds) return std::nullopt;
  return Split{static_cast<size_t>(last - active.begin()), at};
}

}  // namespace ftpull::transfer
