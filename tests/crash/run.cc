#include "run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ftpull::crash {

Status Run::open() {
  auto part = store::PartFile::open(world_.disk, kTarget, world_.sender.identity(),
                                    {.segment_bytes = kSegmentBytes, .replace = true});
  if (!part) return tl::make_unexpected(part.error());
  part_ = std::move(*part);
  if (auto right = check_notes(); !right) return right;

  const RangeSet missing = part_->missing();
  waiting_ = missing.ranges();
  RangeSet accepted;
  accepted.add({0, world_.sender.size_bytes()});
  for (const Range& range : waiting_) accepted.remove(range);
  if (part_->resumed_bytes() != accepted.total_bytes()) {
    return violated(fmt::format("{} bytes are said to be there instead of {}",
                                part_->resumed_bytes(), accepted.total_bytes()));
  }
  return world_.ledger.opened(accepted).and_then([&] { return check_accepted(accepted); });
}

Status Run::check_notes() const {
  if (part_->notes().empty() || world_.ledger.may_have_lost_journal()) return {};
  return violated(part_->notes().front());
}

Status Run::check_accepted(const RangeSet& accepted) const {
  const Bytes& there = *world_.disk.contents(store::part_path(kTarget));
  for (const Range& range : accepted.ranges()) {
    const auto bytes = std::span(there).subspan(range.begin, range.size());
    if (!world_.sender.may_have_sent(range.begin, bytes)) {
      return violated(fmt::format("accepted within [{}, {}) what was never written there",
                                  range.begin, range.end));
    }
  }
  return {};
}

void Run::begin(size_t waiting, uint64_t end) {
  const Range range = waiting_[waiting];
  waiting_.erase(waiting_.begin() + static_cast<ptrdiff_t>(waiting));
  if (end < range.end) waiting_.push_back({end, range.end});
  auto writer = part_->writer(range.begin);
  const uint64_t wire = writer->wire_begin();
  const int64_t shift = fell_back_ ? 0 : world_.sender.begin_transfer(wire);
  lanes_.push_back({std::move(writer), wire, std::min(end, range.end), shift});
}

Status Run::bring(size_t index, uint64_t bytes) {
  Lane& lane = lanes_[index];
  const Range piece{lane.wire, std::min(lane.wire + bytes, lane.end)};
  const uint64_t position = lane.writer->position();
  if (piece.end > position) world_.ledger.writing({position, piece.end});
  auto written = lane.writer->write(world_.sender.bytes(piece, lane.shift));
  if (!written) return written;
  lane.wire = piece.end;
  world_.ledger.wrote({position, lane.writer->position()});
  if (lane.wire == lane.end) lanes_.erase(lanes_.begin() + static_cast<ptrdiff_t>(index));
  return {};
}

void Run::give_back(size_t index) {
  const Range rest{lanes_[index].writer->position(), lanes_[index].end};
  lanes_.erase(lanes_.begin() + static_cast<ptrdiff_t>(index));
  waiting_.push_back(rest);
}

void Run::hand_over(size_t index) {
  Lane& lane = lanes_[index];
  const uint64_t first = lane.writer->position() / kSegmentBytes + 1;
  const uint64_t last = (lane.end - 1) / kSegmentBytes;
  if (first > last) return;
  const uint64_t middle = (first + last + 1) / 2 * kSegmentBytes;
  waiting_.push_back({middle, lane.end});
  lane.end = middle;
}

Status Run::checkpoint() {
  const RangeSet kept = world_.ledger.kept();
  auto stored = part_->checkpoint();
  if (stored) world_.ledger.checkpointed(kept);
  return stored;
}

Status Run::compare_seams() {
  const auto due = part_->due_seams();
  const auto matched = part_->check(due);
  if (!matched) return tl::make_unexpected(matched.error());
  if (!*matched) return fail(ErrorKind::no_restart, "a seam does not match");
  part_->settle(due);
  return {};
}

Status Run::fall_back() {
  if (world_.sender.honest()) return violated("an honest server is not believed");
  if (fell_back_) return violated("what was said to be proven does not match a true transfer");
  fell_back_ = true;
  lanes_.clear();
  const uint64_t proven = part_->proven_bytes();
  const Bytes& there = *world_.disk.contents(store::part_path(kTarget));
  if (!same_bytes(std::span(there).first(proven), world_.sender.file().first(proven))) {
    return violated(fmt::format("the first {} bytes are said to be proven, and are wrong", proven));
  }
  world_.ledger.forgetting(proven);
  auto forgotten = part_->forget_from(proven);
  if (!forgotten) return forgotten;
  world_.ledger.forgot(proven);
  waiting_.clear();
  const Range rest{proven, world_.sender.size_bytes()};
  if (!rest.empty()) waiting_.push_back(rest);
  return {};
}

Status Run::finish() {
  world_.finishing();
  auto finished = part_->finish(world_.sender.size_bytes(), kMtime);
  if (!finished) return finished;
  world_.finished();
  part_.reset();
  return world_.check_end();
}

}  // namespace ftpull::crash
