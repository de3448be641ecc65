// The journal's layout on disk (version 2). All numbers are little-endian. Zero is never valid, so
// that a preallocated place which was never written cannot be taken for a record.
//
// clang-format off
//   offset        size          what
//   0             8192          header: identity of the download, written once
//   8192          512           boot record: the boot under which the rest was last proven
//   8704          512           owner: text for a person, who holds the lock
//   12288         64 x 128      tails: one slot for each unfinished segment being written
//   20480         512 x 128     seams that have not been compared yet
//   86016         c             a checkpoint: the tails that it covers (8192), then a bitmap of
//                               durable segments in p pages of 4096, each with 4088 bytes of bits
//   86016 + c     c             another one; c = 8192 + 4096 p
//   86016 + 2 c   8 x segments  digest of each finished segment, 0: not finished
// clang-format on
//
// Any part may be torn or garbage after a power cut, so every part proves itself: header, boot
// record, tails, seams and bitmap pages end with an XXH3-64 of the bytes before it (seeded with
// their place, so that a page written to a wrong place does not pass), a digest is compared with
// the data. What is never written again cannot be torn: the header, because that would cost the
// whole download. Checkpoints are written in turn, so that one that a power cut tears leaves the
// one before. A seam has a sector of its own, because nothing else tells what it does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ftpull/error.h"

#include "store/identity.h"
#include "store/seam.h"

namespace ftpull::store {

inline constexpr uint64_t kHeaderBytes = 8192;
inline constexpr uint64_t kBootOffset = kHeaderBytes;
inline constexpr uint64_t kBootBytes = 512;
inline constexpr uint64_t kOwnerOffset = kBootOffset + kBootBytes;
inline constexpr uint64_t kOwnerBytes = 512;
inline constexpr uint64_t kSlotBytes = 64;
/// More than any number of sessions: a range that failed keeps its slot until it goes on.
inline constexpr uint64_t kSlots = 128;
inline constexpr uint64_t kSlotsOffset = 12288;
inline constexpr uint64_t kSeamBytes = 512;
/// As many as slots, for the same reason: a seam waits for the range before it.
inline constexpr uint64_t kSeams = 128;
inline constexpr uint64_t kSeamsOffset = kSlotsOffset + kSlots * kSlotBytes;
inline constexpr uint64_t kTailsBytes = kSlots * kSlotBytes;
inline constexpr uint64_t kCheckpointsOffset = kSeamsOffset + kSeams * kSeamBytes;
inline constexpr uint64_t kCheckpoints = 2;
inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kPageCheckBytes = 8;
inline constexpr uint64_t kSegmentsPerPage = (kPageBytes - kPageCheckBytes) * 8;

inline constexpr uint64_t kMinSegmentBytes = 256 * 1024;
inline constexpr uint64_t kMaxSegmentBytes = 16 * 1024 * 1024;
/// 256 TiB in the largest segments: bounds what a lying SIZE can make us allocate (128 MiB).
inline constexpr uint64_t kMaxSegments = 1 << 24;

struct Header {
  Identity identity;
  uint64_t segment_bytes = 0;
  int64_t created_unix = 0;
  /// Segments may be claimed (kClaimed). In any other journal that flag is garbage: taken for a
  /// claim it would make a file look changed that is not.
  bool has_claims = false;

  uint64_t segments() const;
  uint64_t bitmap_pages() const;
  uint64_t checkpoint_bytes() const { return kTailsBytes + bitmap_pages() * kPageBytes; }
  uint64_t tails_offset(uint64_t checkpoint) const {
    return kCheckpointsOffset + checkpoint * checkpoint_bytes();
  }
  uint64_t page_offset(uint64_t checkpoint, uint64_t page) const {
    return tails_offset(checkpoint) + kTailsBytes + page * kPageBytes;
  }
  uint64_t digests_offset() const { return tails_offset(kCheckpoints); }
  uint64_t journal_bytes() const { return digests_offset() + segments() * 8; }
};

/// An unfinished segment: its first `bytes` are on disk.
struct Tail {
  uint64_t segment = 0;
  uint64_t bytes = 0;   // > 0
  uint64_t digest = 0;  // stored_digest() of those bytes
  /// A range began with this segment whose seam stood open: see kBeginsRange.
  bool begins_range = false;
  /// It stood in a checkpoint; known only of one that was loaded.
  bool durable = false;
};

/// The lead of a range that began at `begin` (see Seam).
struct SeamRecord {
  uint64_t begin = 0;
  size_t length = 0;  // 1 to Seam::kLeadBytes
  std::array<std::byte, Seam::kLeadBytes> lead{};
};

using HeaderImage = std::array<std::byte, kHeaderBytes>;
using BootImage = std::array<std::byte, kBootBytes>;
using SlotImage = std::array<std::byte, kSlotBytes>;
using TailsImage = std::array<std::byte, kTailsBytes>;
using SeamImage = std::array<std::byte, kSeamBytes>;
using PageImage = std::array<std::byte, kPageBytes>;

/// Fails with usage when the URL does not fit, the segment size is no power of two within its
/// bounds, or the file has more than kMaxSegments.
Result<HeaderImage> encode_header(const Header& header);
/// Fails with corrupt, saying what is wrong.
Result<Header> decode_header(std::span<const std::byte> image);

/// The first kBootBytes / 2 bytes of the id are kept; the kernel's has 36.
BootImage encode_boot(const std::string& boot_id);
/// Empty when never written or torn.
std::string decode_boot(std::span<const std::byte> image);

SlotImage encode_slot(uint64_t slot, const Tail& tail);
/// Empty when the slot was never written, is torn, or belongs to another place.
std::optional<Tail> decode_slot(uint64_t slot, std::span<const std::byte> image);

SeamImage encode_seam(uint64_t place, const SeamRecord& seam);
/// Empty when never written, torn, impossible, or of another place.
std::optional<SeamRecord> decode_seam(uint64_t place, std::span<const std::byte> image);

/// Puts the check into the last bytes of a page of bits.
void seal_page(uint64_t page, PageImage& image);
bool page_is_sound(uint64_t page, std::span<const std::byte> image);

void put_u64(std::byte* at, uint64_t value);
uint64_t get_u64(const std::byte* at);

/// The two low bits of a segment's digest are flags.
///
/// A range began with this segment, and its seam had to be recorded, not compared. After a power
/// cut a digest may be there while the seam's record is lost; it proves that the data is what came,
/// but not that the server began where it should.
inline constexpr uint64_t kBeginsRange = 1;
/// The segment is to be fetched, and must then have this digest.
inline constexpr uint64_t kClaimed = 2;
inline constexpr uint64_t kDigestFlags = kBeginsRange | kClaimed;

/// XXH3-64 of a segment's or tail's bytes as it stands in the journal: without flags, never 0.
uint64_t stored_digest(uint64_t xxh3);

/// From the size of the file: the smallest power of two that keeps it under 8192 segments, so that
/// the journal stays small and memory flat, within [kMinSegmentBytes, kMaxSegmentBytes].
uint64_t choose_segment_bytes(uint64_t size_bytes);

}  // namespace ftpull::store
