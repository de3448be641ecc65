#include "store/part_recovery.h"

#include <algorithm>
#include <set>
#include <utility>

namespace ftpull::store {

Status PartRecovery::run(UnfinishedSegments& unfinished, SeamBook& seams) {
  find_origins();
  auto done = flush_failed_ ? data_.drop_cached() : Status();
  if (done) done = check_segments();
  if (done) done = check_tails(unfinished);
  if (done) {
    done = seams.adopt(journal_, [&](uint64_t segment) {
      const bool holds = journal_.finished(segment) || unfinished.contains(segment);
      forgot_ = forgot_ || !holds;
      return holds;
    });
  }
  // Other data comes where what was forgotten stood: it must not be taken for that after a crash.
  if (done && forgot_) done = journal_.sync();
  return done;
}

Status PartRecovery::check_segments() {
  for (uint64_t segment = 0; segment < journal_.header().segments(); ++segment) {
    if (!journal_.finished(segment) && !journal_.durable(segment)) continue;
    const auto good = counts(segment);
    if (!good) return tl::make_unexpected(good.error());
    if (*good) {
      kept_bytes_ += journal_.segment_range(segment).size();
      continue;
    }
    forgot_ = true;
    if (auto forgotten = journal_.forget_segment(segment); !forgotten) return forgotten;
  }
  return {};
}

Result<bool> PartRecovery::counts(uint64_t segment) {
  if (journal_.durable(segment)) {
    if (journal_.finished(segment)) return true;
    return restore_digest(segment).map([] { return true; });
  }
  if (!same_boot_ && !is_proven(origins_[segment], segment)) return false;
  PartialSegment state;
  return matches(journal_.segment_range(segment), journal_.digest(segment), state);
}

/// Of every segment, as the records stood before any was forgotten.
void PartRecovery::find_origins() {
  for (uint64_t segment = 0; segment < journal_.header().segments(); ++segment) {
    const bool known = journal_.digest(segment) != 0 || journal_.durable(segment);
    origins_.push_back(known ? origin_of(segment, journal_.begins_range(segment)) : std::nullopt);
  }
}

/// Empty when that is not known.
PartRecovery::Origin PartRecovery::origin_of(uint64_t segment, bool begins_range) const {
  // What counts anyway, and what will prove itself when it comes, is as good as a begin.
  const bool counts = journal_.durable(segment) || journal_.claimed(segment);
  if (segment == 0 || begins_range || counts) return segment;
  return origins_[segment - 1];
}

bool PartRecovery::is_proven(Origin origin, uint64_t segment) const {
  // What comes from the start of the file needs no offset.
  if (origin == 0) return true;
  if (!origin) return false;
  if (origin != segment) return journal_.finished(*origin) || journal_.claimed(*origin);
  const uint64_t begin = journal_.segment_range(segment).begin;
  return std::any_of(journal_.seams().begin(), journal_.seams().end(),
                     [&](const auto& seam) { return seam.second.begin == begin; });
}

/// The digest of a durable segment was lost; its data is proven.
Status PartRecovery::restore_digest(uint64_t segment) {
  PartialSegment state;
  auto read = read_pieces(
      data_, journal_.segment_range(segment),
      [&](std::span<const std::byte> piece) { state.add(piece); }, stop_asked_);
  return read.and_then([&] { return journal_.restore_segment(segment, state.digest()); });
}

/// A tail may stand in the journal several times, from several moments: the longest that the data
/// bears out is taken.
Status PartRecovery::check_tails(UnfinishedSegments& unfinished) {
  std::set<uint64_t> refused_slots;
  // When they became so, what they go on from was durable or proven.
  std::set<uint64_t> durable_tails;
  for (const auto& [slot, tail] : journal_.tails()) {
    if (tail.durable && !tail.begins_range) durable_tails.insert(tail.segment);
  }
  for (const auto& [slot, tail] : journal_.tails()) {
    if (journal_.finished(tail.segment)) continue;
    // What is to be proven by what comes has to come whole.
    if (journal_.claimed(tail.segment)) continue;
    if (unfinished.contains(tail.segment)) {
      refused_slots.insert(slot);
      continue;
    }
    const bool wanted = same_boot_ || durable_tails.contains(tail.segment) ||
                        is_proven(origin_of(tail.segment, tail.begins_range), tail.segment);
    const uint64_t begin = journal_.segment_range(tail.segment).begin;
    PartialSegment state;
    const auto good =
        wanted ? matches({begin, begin + tail.bytes}, tail.digest, state) : Result<bool>(false);
    if (!good) return tl::make_unexpected(good.error());
    if (!*good) {
      refused_slots.insert(slot);
      continue;
    }
    state.set_begins_range(tail.begins_range);
    kept_bytes_ += tail.bytes;
    unfinished.adopt(tail.segment, std::move(state), slot);
  }
  for (const auto& [segment, kept] : unfinished.all()) {
    if (!kept.slot) continue;
    refused_slots.erase(*kept.slot);
    const Tail tail{segment, kept.partial.bytes(), kept.partial.digest(),
                    kept.partial.begins_range()};
    if (auto written = journal_.write_tail(*kept.slot, tail); !written) return written;
  }
  for (const uint64_t slot : refused_slots) {
    forgot_ = true;
    if (auto forgotten = journal_.forget_tail(slot); !forgotten) return forgotten;
  }
  return {};
}

Result<bool> PartRecovery::matches(Range range, uint64_t digest, PartialSegment& state) {
  auto read = read_pieces(
      data_, range, [&](std::span<const std::byte> piece) { state.add(piece); }, stop_asked_);
  if (!read) return tl::make_unexpected(read.error());
  return state.digest() == digest;
}

}  // namespace ftpull::store
