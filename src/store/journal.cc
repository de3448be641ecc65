#include "store/journal.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::store {
namespace {

template <size_t N>
Result<std::array<std::byte, N>> read_array(File& file, uint64_t offset) {
  std::array<std::byte, N> image{};
  auto read = file.read_at(image, offset);
  if (!read) return tl::make_unexpected(read.error());
  return image;
}

/// Stands in the place of a boot id, and is none.
constexpr std::string_view kFlushFailed = "a flush failed";

struct BitPlace {
  uint64_t page;
  size_t byte;
  std::byte mask;
};

BitPlace bit_place(uint64_t segment) {
  const uint64_t bit = segment % kSegmentsPerPage;
  return {segment / kSegmentsPerPage, bit / 8, std::byte{1} << (bit % 8)};
}

}  // namespace

Journal::Journal(std::unique_ptr<File> file, Header header)
    : file_(std::move(file)),
      header_(std::move(header)),
      digests_(header_.segments()),
      pages_(header_.bitmap_pages()) {
  page_is_old_.fill(std::vector<bool>(pages_.size(), false));
}

Result<std::unique_ptr<Journal>> Journal::create(std::unique_ptr<File> file, Header header,
                                                 const std::string& boot_id) {
  auto image = encode_header(header);
  if (!image) return tl::make_unexpected(image.error());
  std::unique_ptr<Journal> journal(new Journal(std::move(file), std::move(header)));
  // The header goes in last: a journal with a header is complete.
  auto done =
      journal->file_->truncate(0)
          .and_then([&] { return journal->file_->allocate(journal->header_.journal_bytes()); })
          .and_then([&] { return journal->set_boot(boot_id); })
          .and_then([&] { return journal->write_owner(); })
          .and_then([&] { return journal->file_->write_at(*image, 0); });
  if (!done) return tl::make_unexpected(done.error());
  return journal;
}

Result<std::unique_ptr<Journal>> Journal::load(std::unique_ptr<File>&& file) {
  const auto image = read_array<kHeaderBytes>(*file, 0);
  if (!image) return tl::make_unexpected(image.error());
  auto header = decode_header(*image);
  if (!header) return tl::make_unexpected(header.error());
  const auto size = file->size();
  if (!size) return tl::make_unexpected(size.error());
  // Checked before the memory for its records is taken.
  if (*size < header->journal_bytes()) {
    return fail(ErrorKind::corrupt, "the journal is shorter than its header says");
  }
  std::unique_ptr<Journal> journal(new Journal(std::move(file), std::move(*header)));

  auto read = journal->read_digests();
  if (read) read = journal->read_bitmaps();
  if (read) read = journal->read_tails(kSlotsOffset, false);
  for (uint64_t checkpoint = 0; read && checkpoint < kCheckpoints; ++checkpoint) {
    read = journal->read_tails(journal->header_.tails_offset(checkpoint), true);
  }
  if (read) read = journal->read_seams();
  if (!read) return tl::make_unexpected(read.error());
  std::stable_sort(journal->tails_.begin(), journal->tails_.end(),
                   [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  return journal;
}

Status Journal::read_digests() {
  std::vector<std::byte> digests(digests_.size() * 8);
  const auto read = file_->read_at(digests, header_.digests_offset());
  if (!read) return tl::make_unexpected(read.error());
  for (size_t i = 0; i < digests_.size(); ++i) {
    const uint64_t found = get_u64(&digests[8 * i]);
    const bool is_garbage = (found & kClaimed) != 0 && !header_.has_claims;
    digests_[i].store(is_garbage ? 0 : found, std::memory_order_relaxed);
    if (claimed(i)) ++claims_;
  }
  const auto boot = read_array<kBootBytes>(*file_, kBootOffset);
  if (!boot) return tl::make_unexpected(boot.error());
  boot_id_ = decode_boot(*boot);
  return {};
}

/// What either checkpoint calls durable is: bits are only ever cleared in both.
Status Journal::read_bitmaps() {
  PageImage bits;
  for (uint64_t checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
    for (uint64_t page = 0; page < pages_.size(); ++page) {
      const auto read = file_->read_at(bits, header_.page_offset(checkpoint, page));
      if (!read) return tl::make_unexpected(read.error());
      // A torn or unwritten page proves nothing; its segments have their digests to fall back on.
      const bool sound = page_is_sound(page, bits);
      for (size_t i = 0; sound && i < kPageBytes - kPageCheckBytes; ++i) pages_[page][i] |= bits[i];
    }
    page_is_old_[checkpoint].assign(pages_.size(), true);
  }
  return {};
}

Status Journal::read_tails(uint64_t offset, bool durable) {
  const auto slots = read_array<kTailsBytes>(*file_, offset);
  if (!slots) return tl::make_unexpected(slots.error());
  for (uint64_t slot = 0; slot < kSlots; ++slot) {
    auto tail = decode_slot(slot, std::span(*slots).subspan(slot * kSlotBytes, kSlotBytes));
    if (!tail || tail->segment >= digests_.size()) continue;
    // A slot is not cleared when its segment ends. As long as the end is not durable, the tail may
    // be all that a power cut leaves of it.
    if (this->durable(tail->segment)) continue;
    tail->durable = durable;
    if (tail->bytes >= segment_range(tail->segment).size()) continue;
    tails_.emplace_back(slot, *tail);
  }
  return {};
}

Status Journal::read_seams() {
  const auto places = read_array<kSeams * kSeamBytes>(*file_, kSeamsOffset);
  if (!places) return tl::make_unexpected(places.error());
  for (uint64_t place = 0; place < kSeams; ++place) {
    const auto image = std::span(*places).subspan(place * kSeamBytes, kSeamBytes);
    const auto seam = decode_seam(place, image);
    if (seam && seam->begin < header_.identity.size_bytes) seams_.emplace_back(place, *seam);
  }
  return {};
}

Range Journal::segment_range(uint64_t segment) const {
  const uint64_t begin = segment * header_.segment_bytes;
  return {begin, std::min(begin + header_.segment_bytes, header_.identity.size_bytes.value_or(0))};
}

bool Journal::durable(uint64_t segment) const {
  const BitPlace place = bit_place(segment);
  return (pages_[place.page][place.byte] & place.mask) != std::byte{0};
}

Status Journal::write_entry(uint64_t segment, uint64_t entry) {
  std::array<std::byte, 8> image;
  put_u64(image.data(), entry);
  auto written = file_->write_at(image, header_.digests_offset() + 8 * segment);
  if (!written) return written;
  claims_ += ((entry & kClaimed) != 0 ? 1 : 0) - (claimed(segment) ? 1 : 0);
  digests_[segment].store(entry, std::memory_order_release);
  return {};
}

Status Journal::finish_segment(uint64_t segment, uint64_t digest, bool begins_range) {
  if (claimed(segment) && this->digest(segment) != digest) {
    const Range range = segment_range(segment);
    return fail(ErrorKind::changed,
                fmt::format("the server's bytes {} to {} are not those that were here before",
                            range.begin, range.end));
  }
  auto written = write_entry(segment, digest | (begins_range ? kBeginsRange : 0));
  if (written) finished_count_.fetch_add(1, std::memory_order_relaxed);
  return written;
}

Status Journal::restore_segment(uint64_t segment, uint64_t digest) {
  return write_entry(segment, digest);
}

/// In one write: one that is torn leaves what was there.
Status Journal::claim_segment(uint64_t segment, uint64_t digest) {
  return clear_durable(segment).and_then([&] { return write_entry(segment, digest | kClaimed); });
}

Status Journal::write_tail(uint64_t slot, const Tail& tail) {
  auto written = file_->write_at(encode_slot(slot, tail), kSlotsOffset + slot * kSlotBytes);
  const std::lock_guard lock(current_tails_mutex_);
  if (written) current_tails_[slot] = tail;
  tails_moved_ = true;
  return written;
}

Status Journal::forget_segment(uint64_t segment) {
  return clear_durable(segment).and_then([&] { return write_entry(segment, 0); });
}

Status Journal::clear_durable(uint64_t segment) {
  if (!durable(segment)) return {};
  const BitPlace place = bit_place(segment);
  pages_[place.page][place.byte] &= ~place.mask;
  Status written;
  for (uint64_t checkpoint = 0; written && checkpoint < kCheckpoints; ++checkpoint) {
    written = write_page(checkpoint, place.page);
  }
  return written;
}

Status Journal::forget_tail(uint64_t slot) {
  {
    const std::lock_guard lock(current_tails_mutex_);
    current_tails_[slot].reset();
  }
  for (uint64_t checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
    const uint64_t offset = header_.tails_offset(checkpoint) + slot * kSlotBytes;
    if (auto written = file_->write_at(SlotImage{}, offset); !written) return written;
  }
  return file_->write_at(SlotImage{}, kSlotsOffset + slot * kSlotBytes);
}

Status Journal::forget_from(uint64_t first) {
  auto forgotten = forget_tails_from(first).and_then([&] { return forget_bits_from(first); });
  for (uint64_t segment = digests_.size(); forgotten && segment-- > first;) {
    if (entry(segment) != 0) forgotten = write_entry(segment, 0);
  }
  return forgotten;
}

Status Journal::forget_bits_from(uint64_t first) {
  Status forgotten;
  for (uint64_t page = pages_.size(); forgotten && page-- > first / kSegmentsPerPage;) {
    const uint64_t begin = std::max(first, page * kSegmentsPerPage);
    const uint64_t end = std::min<uint64_t>(digests_.size(), (page + 1) * kSegmentsPerPage);
    for (uint64_t segment = begin; segment < end; ++segment) {
      const BitPlace place = bit_place(segment);
      pages_[place.page][place.byte] &= ~place.mask;
    }
    for (uint64_t checkpoint = 0; forgotten && checkpoint < kCheckpoints; ++checkpoint) {
      forgotten = write_page(checkpoint, page);
    }
    // Before those in front of it: what is durable counts without its begin.
    if (forgotten) forgotten = sync();
  }
  return forgotten;
}

Status Journal::forget_tails_from(uint64_t segment) {
  {
    const std::lock_guard lock(current_tails_mutex_);
    for (auto& tail : current_tails_) {
      if (tail && tail->segment >= segment) tail.reset();
    }
  }
  auto forgotten = forget_tails_at(kSlotsOffset, segment);
  for (uint64_t checkpoint = 0; forgotten && checkpoint < kCheckpoints; ++checkpoint) {
    forgotten = forget_tails_at(header_.tails_offset(checkpoint), segment);
  }
  return forgotten;
}

Status Journal::forget_tails_at(uint64_t offset, uint64_t segment) {
  const auto slots = read_array<kTailsBytes>(*file_, offset);
  if (!slots) return tl::make_unexpected(slots.error());
  for (uint64_t slot = 0; slot < kSlots; ++slot) {
    const uint64_t place = slot * kSlotBytes;
    const auto tail = decode_slot(slot, std::span(*slots).subspan(place, kSlotBytes));
    if (!tail || tail->segment < segment) continue;
    if (auto written = file_->write_at(SlotImage{}, offset + place); !written) return written;
  }
  return {};
}

Status Journal::distrust() {
  for (uint64_t page = 0; page < pages_.size(); ++page) {
    pages_[page].fill(std::byte{0});
    for (uint64_t checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
      if (auto written = write_page(checkpoint, page); !written) return written;
    }
  }
  return sync();
}

Status Journal::write_seam(uint64_t place, const Seam& seam) {
  SeamRecord record{seam.begin(), seam.lead().size()};
  std::copy(seam.lead().begin(), seam.lead().end(), record.lead.begin());
  return file_->write_at(encode_seam(place, record), kSeamsOffset + place * kSeamBytes);
}

Status Journal::forget_seam(uint64_t place) {
  return file_->write_at(SeamImage{}, kSeamsOffset + place * kSeamBytes);
}

Status Journal::forget_seams_in(Range range) {
  const auto places = read_array<kSeams * kSeamBytes>(*file_, kSeamsOffset);
  if (!places) return tl::make_unexpected(places.error());
  for (uint64_t place = 0; place < kSeams; ++place) {
    const auto seam =
        decode_seam(place, std::span(*places).subspan(place * kSeamBytes, kSeamBytes));
    if (!seam || seam->begin < range.begin || seam->begin >= range.end) continue;
    if (auto forgotten = forget_seam(place); !forgotten) return forgotten;
  }
  return {};
}

Status Journal::flush(File& data) {
  if (flush_failed_) {
    return fail(ErrorKind::disk, "an earlier flush of the data to disk failed", {},
                "Check the disk, then start again");
  }
  return flush_one(data);
}

Status Journal::flush_one(File& file) {
  auto flushed = file.sync_data();
  if (!flushed) {
    flush_failed_ = true;
    // Records may be lost without a reboot. The flush is what to report.
    static_cast<void>(set_boot(std::string(kFlushFailed)));
  }
  return flushed;
}

std::vector<uint64_t> Journal::segments_to_make_durable() const {
  std::vector<uint64_t> segments;
  for (uint64_t segment = 0; segment < digests_.size(); ++segment) {
    if (finished(segment) && !durable(segment)) segments.push_back(segment);
  }
  return segments;
}

std::pair<TailsImage, bool> Journal::tails_to_make_durable() {
  const std::lock_guard lock(current_tails_mutex_);
  TailsImage image{};
  for (uint64_t slot = 0; slot < kSlots; ++slot) {
    const auto& tail = current_tails_[slot];
    if (!tail || finished(tail->segment)) continue;
    const SlotImage encoded = encode_slot(slot, *tail);
    std::copy(encoded.begin(), encoded.end(), &image[slot * kSlotBytes]);
  }
  return {image, std::exchange(tails_moved_, false)};
}

Status Journal::checkpoint(File& data) {
  if (flush_failed_) return {};
  // What is finished after this moment may not be covered by the flush.
  const std::vector<uint64_t> finished = segments_to_make_durable();
  const auto [tails, tails_moved] = tails_to_make_durable();
  if (finished.empty() && !tails_moved) return {};
  if (auto flushed = flush(data); !flushed) return flushed;
  // Before a segment is called durable, its digest and the seam of its range must be.
  if (auto flushed = sync(); !flushed) return flushed;
  for (const uint64_t segment : finished) {
    const BitPlace place = bit_place(segment);
    pages_[place.page][place.byte] |= place.mask;
    for (auto& is_old : page_is_old_) is_old[place.page] = true;
  }
  const uint64_t checkpoint =
      std::exchange(next_checkpoint_, (next_checkpoint_ + 1) % kCheckpoints);
  for (uint64_t page = 0; page < pages_.size(); ++page) {
    if (!page_is_old_[checkpoint][page]) continue;
    if (auto written = write_page(checkpoint, page); !written) return written;
  }
  return file_->write_at(tails, header_.tails_offset(checkpoint)).and_then([&] { return sync(); });
}

Status Journal::write_page(uint64_t checkpoint, uint64_t page) {
  seal_page(page, pages_[page]);
  auto written = file_->write_at(pages_[page], header_.page_offset(checkpoint, page));
  if (written) page_is_old_[checkpoint][page] = false;
  return written;
}

bool Journal::flush_failed_before() const {
  return boot_id_ == kFlushFailed;
}

Status Journal::set_boot(const std::string& boot_id) {
  auto written = file_->write_at(encode_boot(boot_id), kBootOffset);
  if (written) boot_id_ = boot_id;
  return written;
}

Status Journal::write_owner() {
  std::array<std::byte, kOwnerBytes> image{};
  const std::string text = fmt::format("process {}", getpid());
  std::memcpy(image.data(), text.data(), std::min(text.size(), image.size() - 1));
  return file_->write_at(image, kOwnerOffset);
}

std::string read_owner(File& journal) {
  const auto image = read_array<kOwnerBytes>(journal, kOwnerOffset);
  if (!image || (*image)[0] == std::byte{0}) return "another process";
  const char* text = reinterpret_cast<const char*>(image->data());
  return for_display({text, strnlen(text, image->size())});
}

}  // namespace ftpull::store
