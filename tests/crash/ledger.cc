#include "ledger.h"

#include <algorithm>

#include <fmt/format.h>

namespace ftpull::crash {
namespace {

/// The first of those ranges of `set` that are not in `other`, for a message; empty when there is
/// none.
std::string surplus(const RangeSet& set, const RangeSet& other) {
  RangeSet rest = set;
  for (const Range& range : other.ranges()) rest.remove(range);
  if (rest.empty()) return {};
  const Range first = rest.ranges().front();
  return fmt::format("[{}, {})", first.begin, first.end);
}

}  // namespace

void Ledger::clear() {
  kept_ = possible_ = durable_ = {};
  there_ = cut_since_opened_ = false;
}

void Ledger::forgetting(uint64_t begin) {
  kept_.remove({begin, size_bytes_});
  durable_.remove({begin, size_bytes_});
}

void Ledger::checkpointed(const RangeSet& kept) {
  for (uint64_t begin = 0; begin < size_bytes_; begin += segment_bytes_) {
    const Range segment{begin, std::min(begin + segment_bytes_, size_bytes_)};
    if (kept.contains(segment)) durable_.add(segment);
  }
  if (!kTailsAreDurable) return;
  for (const Range& range : kept.ranges()) durable_.add(range);
}

void Ledger::after_power_cut(Garbage garbage) {
  if (garbage == Garbage::whole_sectors) durable_ = {};
  kept_ = durable_;
  possible_.add({0, size_bytes_});
  cut_since_opened_ = true;
  if (!there_) may_have_lost_journal_ = true;
}

Status Ledger::opened(const RangeSet& accepted) {
  if (const std::string lost = surplus(kept_, accepted); !lost.empty()) {
    return fail(ErrorKind::corrupt, "lost although it was to be kept: " + lost);
  }
  if (const std::string unknown = surplus(accepted, possible_); !unknown.empty()) {
    return fail(ErrorKind::corrupt,
                "accepted although it was not written, or forgotten: " + unknown);
  }
  kept_ = accepted;
  // What was on the disk when the power came back is durable, and opening sets the seal on it.
  if (cut_since_opened_) checkpointed(accepted);
  there_ = true;
  cut_since_opened_ = false;
  return {};
}

}  // namespace ftpull::crash
