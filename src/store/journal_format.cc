#include "store/journal_format.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "core/xxh3.h"

namespace ftpull::store {
namespace {

constexpr std::string_view kMagic = "FTPULLJ1";
constexpr uint64_t kVersion = 2;
constexpr uint64_t kUnknownSize = UINT64_MAX;

// Places in the header.
constexpr size_t kVersionAt = 8;
constexpr size_t kSizeAt = 16;
constexpr size_t kSegmentBytesAt = 24;
constexpr size_t kCreatedAt = 32;
constexpr size_t kMdtmLengthAt = 40;
constexpr size_t kUrlLengthAt = 48;
constexpr size_t kHasClaimsAt = 56;
constexpr size_t kTextAt = 64;
constexpr size_t kHeaderCheckAt = kHeaderBytes - 8;
constexpr size_t kTextBytes = kHeaderCheckAt - kTextAt;

// Places in the boot record.
constexpr size_t kBootLengthAt = 0;
constexpr size_t kBootTextAt = 8;
constexpr size_t kBootTextBytes = kBootBytes / 2;
constexpr size_t kBootCheckAt = kBootBytes - 8;

// Places in a slot.
constexpr size_t kTailSegmentAt = 0;  // + 1, so that zero is not valid
constexpr size_t kTailBytesAt = 8;
constexpr size_t kTailDigestAt = 16;
constexpr size_t kTailFlagsAt = 24;
constexpr size_t kTailCheckAt = 32;

// Places in a seam.
constexpr size_t kSeamBeginAt = 0;
constexpr size_t kSeamLengthAt = 8;
constexpr size_t kSeamLeadAt = 16;
constexpr size_t kSeamCheckAt = kSeamBytes - 8;
static_assert(kSeamLeadAt + Seam::kLeadBytes <= kSeamCheckAt);

/// XXH3-64 of everything before the check itself; `place` tells parts of the same kind apart.
uint64_t check_of(std::span<const std::byte> image, size_t check_at, uint64_t place) {
  return stored_digest(XXH3_64bits_withSeed(image.data(), check_at, place));
}

void seal(std::span<std::byte> image, size_t check_at, uint64_t place) {
  put_u64(&image[check_at], check_of(image, check_at, place));
}

bool is_sound(std::span<const std::byte> image, size_t check_at, uint64_t place) {
  return get_u64(&image[check_at]) == check_of(image, check_at, place);
}

bool valid_segment_bytes(uint64_t bytes) {
  return std::has_single_bit(bytes) && bytes >= kMinSegmentBytes && bytes <= kMaxSegmentBytes;
}

}  // namespace

uint64_t Header::segments() const {
  if (!identity.size_bytes) return 0;
  return *identity.size_bytes / segment_bytes + (*identity.size_bytes % segment_bytes != 0);
}

uint64_t Header::bitmap_pages() const {
  return (segments() + kSegmentsPerPage - 1) / kSegmentsPerPage;
}

Result<HeaderImage> encode_header(const Header& header) {
  const Identity& identity = header.identity;
  if (identity.mdtm.size() + identity.url.size() > kTextBytes) {
    return fail(ErrorKind::usage, "the URL is too long to be kept in the journal");
  }
  if (!valid_segment_bytes(header.segment_bytes)) {
    return fail(ErrorKind::usage, "the segment size is not a power of two from 256 KiB to 16 MiB");
  }
  if (header.segments() > kMaxSegments) {
    return fail(ErrorKind::usage, "the file is larger than 256 TiB, or its segments too small", {},
                "Leave --segment-size out, or make it larger");
  }
  HeaderImage image{};
  std::memcpy(image.data(), kMagic.data(), kMagic.size());
  put_u64(&image[kVersionAt], kVersion);
  put_u64(&image[kSizeAt], identity.size_bytes.value_or(kUnknownSize));
  put_u64(&image[kSegmentBytesAt], header.segment_bytes);
  put_u64(&image[kCreatedAt], static_cast<uint64_t>(header.created_unix));
  put_u64(&image[kMdtmLengthAt], identity.mdtm.size());
  put_u64(&image[kUrlLengthAt], identity.url.size());
  put_u64(&image[kHasClaimsAt], header.has_claims ? 1 : 0);
  std::memcpy(&image[kTextAt], identity.mdtm.data(), identity.mdtm.size());
  std::memcpy(&image[kTextAt + identity.mdtm.size()], identity.url.data(), identity.url.size());
  seal(image, kHeaderCheckAt, 0);
  return image;
}

Result<Header> decode_header(std::span<const std::byte> image) {
  const auto corrupt = [](const char* why) { return fail(ErrorKind::corrupt, why); };
  if (image.size() < kHeaderBytes) return corrupt("the journal is shorter than its header");
  if (std::memcmp(image.data(), kMagic.data(), kMagic.size()) != 0) {
    return corrupt("the journal does not begin with its mark");
  }
  if (!is_sound(image, kHeaderCheckAt, 0)) {
    return corrupt("the journal's header does not match its check sum");
  }
  if (get_u64(&image[kVersionAt]) != kVersion) {
    return corrupt("the journal is of another version of ftpull");
  }
  const uint64_t mdtm_length = get_u64(&image[kMdtmLengthAt]);
  const uint64_t url_length = get_u64(&image[kUrlLengthAt]);
  if (mdtm_length > kTextBytes || url_length > kTextBytes - mdtm_length) {
    return corrupt("the journal's header has impossible lengths");
  }
  Header header;
  const char* text = reinterpret_cast<const char*>(&image[kTextAt]);
  header.identity.mdtm.assign(text, mdtm_length);
  header.identity.url.assign(text + mdtm_length, url_length);
  const uint64_t size = get_u64(&image[kSizeAt]);
  if (size != kUnknownSize) header.identity.size_bytes = size;
  header.segment_bytes = get_u64(&image[kSegmentBytesAt]);
  header.created_unix = static_cast<int64_t>(get_u64(&image[kCreatedAt]));
  header.has_claims = get_u64(&image[kHasClaimsAt]) != 0;
  if (!valid_segment_bytes(header.segment_bytes)) {
    return corrupt("the journal's header has an impossible segment size");
  }
  if (header.segments() > kMaxSegments) {
    return corrupt("the journal's header has an impossible file size");
  }
  return header;
}

BootImage encode_boot(const std::string& boot_id) {
  BootImage image{};
  const size_t length = std::min(boot_id.size(), kBootTextBytes);
  put_u64(&image[kBootLengthAt], length);
  std::memcpy(&image[kBootTextAt], boot_id.data(), length);
  seal(image, kBootCheckAt, 0);
  return image;
}

std::string decode_boot(std::span<const std::byte> image) {
  if (image.size() < kBootBytes || !is_sound(image, kBootCheckAt, 0)) return {};
  const uint64_t length = get_u64(&image[kBootLengthAt]);
  if (length > kBootTextBytes) return {};
  return {reinterpret_cast<const char*>(&image[kBootTextAt]), length};
}

SlotImage encode_slot(uint64_t slot, const Tail& tail) {
  SlotImage image{};
  put_u64(&image[kTailSegmentAt], tail.segment + 1);
  put_u64(&image[kTailBytesAt], tail.bytes);
  put_u64(&image[kTailDigestAt], tail.digest);
  put_u64(&image[kTailFlagsAt], tail.begins_range ? kBeginsRange : 0);
  seal(image, kTailCheckAt, slot);
  return image;
}

std::optional<Tail> decode_slot(uint64_t slot, std::span<const std::byte> image) {
  if (image.size() < kSlotBytes) return std::nullopt;
  const Tail tail{get_u64(&image[kTailSegmentAt]) - 1, get_u64(&image[kTailBytesAt]),
                  get_u64(&image[kTailDigestAt]),
                  (get_u64(&image[kTailFlagsAt]) & kBeginsRange) != 0, false};
  if (tail.segment == UINT64_MAX || tail.bytes == 0) return std::nullopt;
  if (!is_sound(image, kTailCheckAt, slot)) return std::nullopt;
  return tail;
}

SeamImage encode_seam(uint64_t place, const SeamRecord& seam) {
  SeamImage image{};
  put_u64(&image[kSeamBeginAt], seam.begin);
  put_u64(&image[kSeamLengthAt], seam.length);
  std::memcpy(&image[kSeamLeadAt], seam.lead.data(), seam.lead.size());
  seal(image, kSeamCheckAt, place);
  return image;
}

std::optional<SeamRecord> decode_seam(uint64_t place, std::span<const std::byte> image) {
  if (image.size() < kSeamBytes || !is_sound(image, kSeamCheckAt, place)) return std::nullopt;
  SeamRecord seam{get_u64(&image[kSeamBeginAt]), get_u64(&image[kSeamLengthAt])};
  if (seam.length == 0 || seam.length > seam.lead.size() || seam.length > seam.begin) {
    return std::nullopt;
  }
  std::memcpy(seam.lead.data(), &image[kSeamLeadAt], seam.lead.size());
  return seam;
}

void seal_page(uint64_t page, PageImage& image) {
  seal(image, kPageBytes - kPageCheckBytes, page);
}

bool page_is_sound(uint64_t page, std::span<const std::byte> image) {
  return image.size() >= kPageBytes && is_sound(image, kPageBytes - kPageCheckBytes, page);
}

void put_u64(std::byte* at, uint64_t value) {
  for (int i = 0; i < 8; ++i) at[i] = static_cast<std::byte>(value >> (8 * i));
}

uint64_t get_u64(const std::byte* at) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= static_cast<uint64_t>(at[i]) << (8 * i);
  return value;
}

uint64_t stored_digest(uint64_t xxh3) {
  constexpr uint64_t kInsteadOfZero = kDigestFlags + 1;
  const uint64_t digest = xxh3 & ~kDigestFlags;
  return digest == 0 ? kInsteadOfZero : digest;
}

uint64_t choose_segment_bytes(uint64_t size_bytes) {
  constexpr uint64_t kManySegments = 8192;
  const uint64_t wanted = std::min(size_bytes / kManySegments + 1, kMaxSegmentBytes);
  return std::clamp(std::bit_ceil(wanted), kMinSegmentBytes, kMaxSegmentBytes);
}

}  // namespace ftpull::store
