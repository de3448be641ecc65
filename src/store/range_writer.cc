#include "store/range_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

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
  begins_range_ = false;
}

RangeWriter::RangeWriter(File& data, Journal* journal, Start start)
    : data_(data),
      journal_(journal),
      start_(std::move(start)),
      wire_begin_(start_.seam ? start_.seam->lead_begin() : start_.position) {}

Status RangeWriter::write(std::span<const std::byte> bytes) {
  if (start_.seam && !start_.seam->complete()) {
    bytes = bytes.subspan(start_.seam->take(bytes));
    if (!start_.seam->complete()) return {};
    if (auto settled = settle_seam(); !settled) return settled;
  }
  if (bytes.empty()) return {};
  if (journal_ == nullptr) {
    auto written = data_.write_at(bytes, start_.position);
    if (written) start_.position += bytes.size();
    return written;
  }
  const uint64_t reached = start_.position + held_.size();
  if (bytes.size() > *journal_->header().identity.size_bytes - reached) {
    return fail(ErrorKind::corrupt, "more bytes came than the file has");
  }
  if (journal_->has_claims()) return write_beside_claims(bytes);
  return data_.write_at(bytes, start_.position).and_then([&] { return record(bytes); });
}

Status RangeWriter::write_beside_claims(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const uint64_t segment = start_.position / journal_->header().segment_bytes;
    const uint64_t segment_end = journal_->segment_range(segment).end;
    const size_t now =
        std::min<uint64_t>(bytes.size(), segment_end - start_.position - held_.size());
    const auto piece = bytes.first(now);
    const auto written =
        journal_->claimed(segment)
            ? hold(segment, piece)
            : data_.write_at(piece, start_.position).and_then([&] { return record(piece); });
    if (!written) return written;
    bytes = bytes.subspan(now);
  }
  return {};
}

/// What stands on disk in the place of a claimed segment is not touched before the right bytes are
/// all here.
Status RangeWriter::hold(uint64_t segment, std::span<const std::byte> bytes) {
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  const Range range = journal_->segment_range(segment);
  if (held_.size() < range.size()) return {};
  const std::vector<std::byte> whole = std::exchange(held_, {});
  PartialSegment state;
  state.add(whole);
  claim_refuted_ = state.digest() != journal_->digest(segment);
  if (claim_refuted_) {
    return fail(ErrorKind::changed,
                fmt::format("the server's bytes {} to {} are not those that were here before",
                            range.begin, range.end));
  }
  return data_.write_at(whole, range.begin).and_then([&] { return record(whole); });
}

Status RangeWriter::settle_seam() {
  if (!start_.compare_seam) {
    return start_.seam_place ? journal_->write_seam(*start_.seam_place, *start_.seam) : Status();
  }
  const auto matches = seam_matches(data_, *start_.seam);
  if (!matches) return tl::make_unexpected(matches.error());
  seam_refuted_ = !*matches;
  if (*matches) return {};
  return fail(ErrorKind::no_restart, "the server does not send from the offset it was asked for");
}

Status RangeWriter::record(std::span<const std::byte> bytes) {
  const uint64_t segment_bytes = journal_->header().segment_bytes;
  while (!bytes.empty()) {
    const uint64_t segment = start_.position / segment_bytes;
    const uint64_t segment_end = journal_->segment_range(segment).end;
    const size_t now = std::min<uint64_t>(bytes.size(), segment_end - start_.position);
    start_.partial.add(bytes.first(now));
    start_.position += now;
    bytes = bytes.subspan(now);
    if (start_.position == segment_end) {
      auto done =
          journal_->finish_segment(segment, start_.partial.digest(), start_.partial.begins_range());
      start_.partial.clear();
      if (!done) {
        // A whole segment is no tail: what is not finished is begun again.
        start_.position = journal_->segment_range(segment).begin;
        return done;
      }
    } else if (start_.slot) {
      const Tail tail{segment, start_.partial.bytes(), start_.partial.digest(),
                      start_.partial.begins_range()};
      if (auto done = journal_->write_tail(*start_.slot, tail); !done) return done;
    }
  }
  return {};
}

Result<bool> seam_matches(File& data, const Seam& seam) {
  std::array<std::byte, Seam::kLeadBytes> there;
  const auto bytes = std::span(there).first(seam.lead().size());
  const auto read = data.read_at(bytes, seam.lead_begin());
  if (!read) return tl::make_unexpected(read.error());
  return *read == bytes.size() && std::equal(bytes.begin(), bytes.end(), seam.lead().begin());
}

}  // namespace ftpull::store
