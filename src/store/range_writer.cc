#include "store/range_writer.h"

#include <algorithm>
#include <utility>

namespace ftpull::store {

PartialSegment::PartialSegment() : state_(XXH3_createState()) {
  clear();
}

void PartialSegment::add(std::span<const std::byte> bytes) {
  XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
  bytes_ += bytes.size();
}

uint64_t PartialSegment::digest() const {
  return stored_digest(XXH3_64bits_digest(state_.get()));
}

void PartialSegment::clear() {
  XXH3_64bits_reset(state_.get());
  bytes_ = 0;
}

RangeWriter::RangeWriter(File& data, Journal* journal, uint64_t position, PartialSegment partial,
                         std::optional<uint64_t> slot)
    : data_(data),
      journal_(journal),
      position_(position),
      partial_(std::move(partial)),
      slot_(slot) {}

Status RangeWriter::write(std::span<const std::byte> bytes) {
  if (journal_ != nullptr && bytes.size() > *journal_->header().identity.size_bytes - position_) {
    return fail(ErrorKind::corrupt, "more bytes came than the file has");
  }
  if (auto written = data_.write_at(bytes, position_); !written) return written;
  if (journal_ != nullptr) return record(bytes);
  position_ += bytes.size();
  return {};
}

Status RangeWriter::record(std::span<const std::byte> bytes) {
  const uint64_t segment_bytes = journal_->header().segment_bytes;
  while (!bytes.empty()) {
    const uint64_t segment = position_ / segment_bytes;
    const uint64_t segment_end = journal_->segment_range(segment).end;
    const size_t now = std::min<uint64_t>(bytes.size(), segment_end - position_);
    partial_.add(bytes.first(now));
    position_ += now;
    bytes = bytes.subspan(now);
    if (position_ == segment_end) {
      auto done = journal_->finish_segment(segment, partial_.digest());
      partial_.clear();
      if (!done) {
        // A whole segment is no tail: what is not finished is begun again.
        position_ = journal_->segment_range(segment).begin;
        return done;
      }
    } else if (slot_) {
      const Tail tail{segment, partial_.bytes(), partial_.digest()};
      if (auto done = journal_->write_tail(*slot_, tail); !done) return done;
    }
  }
  return {};
}

}  // namespace ftpull::store
