// Any bytes as a journal: loading it must not crash, and what a part takes of it must be proven.
//
// The input is a mode and then, raw bytes being refused at the first check sum, changes to a sound
// journal of a part that is half there:
//
//   mode 0  the rest of the input is the journal
//   mode 1  changes: a place (3 bytes, little-endian, modulo the length), a length, so many bytes
//   mode 2  the same, and then every check sum is put right: what is impossible must still be
//           refused, but what says that it is durable is believed
//
// With modes 0 and 1 the invariant of the journal holds: what a part takes, in another boot, is
// what the source has. As libFuzzer's target it explores; linked with replay.cc it runs the corpus.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <xxhash.h>

#include "../store/fake_disk.h"
#include "../store/source.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kTarget = "/d/file";
constexpr const char* kPart = "/d/file.part";
constexpr const char* kJournal = "/d/file.part.journal";
constexpr uint64_t kSegment = kTestSegmentBytes;

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "journal fuzz: %s\n", what);
  std::abort();
}

struct Begun {
  Source source = five_segments();
  Bytes data;
  Bytes journal;

  /// Segment 0 durable, 1 finished, 2 begun; a range from segment 3 on with its seam open.
  Begun() {
    FakeDisk disk;
    {
      const auto part = PartFile::open(disk, kTarget, source.identity, {});
      if (!part || !write_range(**part, source, {0, kSegment}) || !(*part)->checkpoint() ||
          !write_range(**part, source, {3 * kSegment, 4 * kSegment + 77}) ||
          !write_range(**part, source, {kSegment, 2 * kSegment + 1000})) {
        broken("the part could not be begun");
      }
    }
    data = disk.find(kPart)->bytes;
    journal = disk.find(kJournal)->bytes;
  }
};

void change(Bytes& journal, std::span<const uint8_t> changes) {
  while (changes.size() > 4) {
    const size_t place =
        (changes[0] | size_t{changes[1]} << 8 | size_t{changes[2]} << 16) % journal.size();
    const size_t length =
        std::min({size_t{changes[3]}, changes.size() - 4, journal.size() - place});
    std::memcpy(&journal[place], &changes[4], length);
    changes = changes.subspan(4 + length);
  }
}

/// The check of `image` stands in its last eight bytes, or at `check_at`.
void seal(std::span<std::byte> image, size_t check_at, uint64_t place) {
  put_u64(&image[check_at], stored_digest(XXH3_64bits_withSeed(image.data(), check_at, place)));
}

void seal_all(Bytes& journal, const Header& header) {
  constexpr size_t kTailCheckAt = 32;
  const std::span<std::byte> all(journal);
  seal(all.first(kHeaderBytes), kHeaderBytes - 8, 0);
  seal(all.subspan(kBootOffset, kBootBytes), kBootBytes - 8, 0);
  const auto seal_tails = [&](uint64_t offset) {
    for (uint64_t slot = 0; slot < kSlots; ++slot) {
      seal(all.subspan(offset + slot * kSlotBytes, kSlotBytes), kTailCheckAt, slot);
    }
  };
  seal_tails(kSlotsOffset);
  for (uint64_t place = 0; place < kSeams; ++place) {
    seal(all.subspan(kSeamsOffset + place * kSeamBytes, kSeamBytes), kSeamBytes - 8, place);
  }
  for (uint64_t checkpoint = 0; checkpoint < kCheckpoints; ++checkpoint) {
    seal_tails(header.tails_offset(checkpoint));
    seal(all.subspan(header.page_offset(checkpoint, 0), kPageBytes), kPageBytes - 8, 0);
  }
}

/// Compares what is not missing.
void check_taken(const PartFile& part, const Bytes& data, const Source& source) {
  uint64_t at = 0;
  auto gaps = part.missing().ranges();
  gaps.push_back({source.bytes.size(), source.bytes.size()});
  for (const Range& gap : gaps) {
    if (gap.begin > at && std::memcmp(&data[at], &source.bytes[at], gap.begin - at) != 0) {
      broken("bytes were taken that the source does not have");
    }
    at = gap.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
  static const Begun begun;
  if (size == 0) return 0;
  const int mode = input[0] % 3;
  const std::span rest(input + 1, size - 1);
  const Header header{begun.source.identity, kSegment, 0};
  Bytes journal = begun.journal;
  if (mode == 0) {
    journal.assign(reinterpret_cast<const std::byte*>(rest.data()),
                   reinterpret_cast<const std::byte*>(rest.data() + rest.size()));
  } else {
    change(journal, rest);
  }
  if (mode == 2) seal_all(journal, header);

  FakeDisk disk;
  disk.put(kPart, begun.data);
  disk.put(kJournal, std::move(journal));
  disk.reopen("boot 2");
  const auto part = PartFile::open(disk, kTarget, begun.source.identity, {});
  if (!part) {
    const ErrorKind kind = part.error().kind;
    if (kind != ErrorKind::changed || disk.find(kTarget) != nullptr) broken("it does not open");
    return 0;
  }
  if (mode != 2) check_taken(**part, disk.find(kPart)->bytes, begun.source);
  return 0;
}
