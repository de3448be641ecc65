#include "transfer/picker.h"

#include <algorithm>

namespace ftpull::transfer {
namespace {

/// Stands for "nothing comes": slow enough that nearly everything is taken away from such a range.
constexpr double kStalledBytesPerSecond = 1;

double rate_of(const ActiveRange& range) {
  return std::max(range.bytes_per_second, kStalledBytesPerSecond);
}

double seconds_left(const ActiveRange& range) {
  return static_cast<double>(range.end - range.claimed) / rate_of(range);
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
  if (waiting.size() <= share) return waiting;
  const uint64_t cut = round_up(waiting.begin + share, segment_bytes);
  return {waiting.begin, std::min(cut, waiting.end)};
}

std::optional<Split> choose_split(std::span<const ActiveRange> active, double own_rate,
                                  Duration opening, uint64_t segment_bytes) {
  const auto last = std::max_element(
      active.begin(), active.end(),
      [](const ActiveRange& a, const ActiveRange& b) { return seconds_left(a) < seconds_left(b); });
  if (last == active.end() || last->claimed >= last->end) return std::nullopt;

  const double its_rate = rate_of(*last);
  const double our_rate = own_rate > 0 ? own_rate : its_rate;
  const double left = static_cast<double>(last->end - last->claimed);
  const double cost = to_seconds(opening);
  // Both end at the same time: kept / its_rate == cost + (left - kept) / our_rate.
  const double kept = (cost + left / our_rate) / (1 / its_rate + 1 / our_rate);
  if (kept >= left) return std::nullopt;
  // At least one byte stays: a range that is already complete cannot be moved.
  const uint64_t at =
      round_up(last->claimed + std::max<uint64_t>(static_cast<uint64_t>(kept), 1), segment_bytes);
  if (at >= last->end) return std::nullopt;

  const double kept_seconds = static_cast<double>(at - last->claimed) / its_rate;
  const double given_seconds = cost + static_cast<double>(last->end - at) / our_rate;
  const double gain = seconds_left(*last) - std::max(kept_seconds, given_seconds);
  if (gain <= cost) return std::nullopt;
  return Split{static_cast<size_t>(last - active.begin()), at};
}

}  // namespace ftpull::transfer
