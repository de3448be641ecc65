// What is taken of a part after a power cut, and what is not.
#include "store/part_recovery.h"

#include <doctest/doctest.h>

#include "source.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kTarget = "/d/file";
constexpr const char* kPart = "/d/file.part";
constexpr const char* kJournal = "/d/file.part.journal";
constexpr uint64_t kSegment = kTestSegmentBytes;

std::unique_ptr<PartFile> open(FakeDisk& disk, const Source& source) {
  auto part = PartFile::open(disk, kTarget, source.identity, {});
  REQUIRE_MESSAGE(part, (part ? "" : describe(part.error())));
  return std::move(*part);
}

std::vector<Range> missing(FakeDisk& disk, const Source& source) {
  return open(disk, source)->missing().ranges();
}

void erase(FakeDisk& disk, const char* path, uint64_t place, uint64_t bytes) {
  std::fill_n(disk.find(path)->bytes.begin() + static_cast<ptrdiff_t>(place), bytes, std::byte{0});
}

void erase_seams(FakeDisk& disk) {
  erase(disk, kJournal, kSeamsOffset, kSeams * kSeamBytes);
}

/// The second and third segment, and some of the fourth, of a range that began there.
void begin_inside(FakeDisk& disk, const Source& source) {
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {kSegment, 3 * kSegment + 5000}));
}

}  // namespace

TEST_CASE("how_far_an_unfinished_segment_was_at_a_checkpoint_outlives_a_power_cut") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {0, 1000}));
    REQUIRE(part->checkpoint());
    REQUIRE(write_range(*part, source, {1000, 3000}));
  }
  // What came after the checkpoint is lost, the record that tells of it is not.
  erase(disk, kPart, 1000, 2000);
  disk.reopen("boot 2");
  CHECK(missing(disk, source) == std::vector<Range>{{1000, source.bytes.size()}});
}

TEST_CASE("a_tail_that_was_kept_is_kept_by_the_next_checkpoints_too") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {0, 1000}));
    REQUIRE(part->checkpoint());
  }
  disk.reopen("boot 2");
  {
    const auto part = open(disk, source);
    // Of other segments: the tail itself does not move.
    for (const uint64_t segment : {1, 2, 3}) {
      REQUIRE(write_range(*part, source, {segment * kSegment, segment * kSegment + 10}));
      REQUIRE(part->checkpoint());
    }
  }
  erase(disk, kJournal, kSlotsOffset, kTailsBytes);
  disk.reopen("boot 3");
  CHECK(missing(disk, source).front().begin == 1000);
}

TEST_CASE("after_a_power_cut_a_range_whose_seam_is_lost_counts_for_nothing") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_inside(disk, source);
  erase_seams(disk);
  disk.reopen("boot 2");
  CHECK(missing(disk, source) == std::vector<Range>{{0, source.bytes.size()}});
}

TEST_CASE("after_a_power_cut_a_range_whose_seam_is_known_counts") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_inside(disk, source);
  disk.reopen("boot 2");
  CHECK(missing(disk, source) ==
        std::vector<Range>{{0, kSegment}, {3 * kSegment + 5000, source.bytes.size()}});
}

TEST_CASE("a_tail_at_the_begin_of_a_range_whose_seam_is_lost_counts_for_nothing") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {kSegment, kSegment + 5000}));
    REQUIRE(part->checkpoint());
  }
  const FakeDisk::Node whole = *disk.find(kJournal);
  disk.reopen("boot 2");
  CHECK(open(disk, source)->resumed_bytes() == 5000);
  disk.find(kJournal)->bytes = whole.bytes;
  erase_seams(disk);
  disk.reopen("boot 3");
  CHECK(open(disk, source)->resumed_bytes() == 0);
}

TEST_CASE("what_is_durable_counts_without_its_seam") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {kSegment, 3 * kSegment}));
    REQUIRE(part->checkpoint());
  }
  erase_seams(disk);
  disk.reopen("boot 2");
  CHECK(open(disk, source)->resumed_bytes() == 2 * kSegment);
}

TEST_CASE("a_lost_segment_does_not_take_the_rest_of_its_range_with_it") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_inside(disk, source);
  erase(disk, kPart, 2 * kSegment + 100, 512);
  disk.reopen("boot 2");
  CHECK(missing(disk, source) == std::vector<Range>{{0, kSegment},
                                                    {2 * kSegment, 3 * kSegment},
                                                    {3 * kSegment + 5000, source.bytes.size()}});
}

TEST_CASE("a_range_that_has_lost_its_begin_counts_for_nothing") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_inside(disk, source);
  // With it goes the seam, the only proof that the rest came from the right place.
  erase(disk, kPart, kSegment + 100, 512);
  disk.reopen("boot 2");
  CHECK(missing(disk, source) == std::vector<Range>{{0, source.bytes.size()}});
}

TEST_CASE("a_seam_of_a_range_that_counts_for_nothing_proves_no_later_one") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_inside(disk, source);
  erase(disk, kPart, kSegment, 2 * kSegment);
  disk.reopen("boot 2");
  open(disk, source);
  const auto journal = Journal::load(std::move(*disk.open(kJournal, OpenMode::read)));
  REQUIRE(journal);
  CHECK((*journal)->seams().empty());
}

TEST_CASE("after_a_failed_flush_what_is_compared_is_what_the_disk_has") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {0, 2 * kSegment}));
    disk.fail_if([](const FakeDisk::Operation& operation) {
      return operation.name == "sync_data" && operation.path == kPart;
    });
    REQUIRE_FALSE(part->checkpoint());
  }
  disk.reopen();
  bool dropped = false;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    if (operation.name == "drop_cached") {
      dropped = true;
      erase(disk, kPart, kSegment, 100);
    }
    return false;
  });
  CHECK(open(disk, source)->resumed_bytes() == kSegment);
  CHECK(dropped);
}

TEST_CASE("the_lost_digest_of_a_durable_segment_is_computed_again") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_missing(*part, source));
    REQUIRE(part->checkpoint());
  }
  const Header header{source.identity, kSegment, 0};
  for (const int garbage : {0, 0xff}) {
    CAPTURE(garbage);
    std::fill_n(
        disk.find(kJournal)->bytes.begin() + static_cast<ptrdiff_t>(header.digests_offset()), 8,
        static_cast<std::byte>(garbage));
    disk.reopen("boot 2");
    CHECK(open(disk, source)->missing().empty());
  }
}

TEST_CASE("what_was_forgotten_is_durably_so_before_anything_is_written_in_its_place") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_inside(disk, source);
  erase(disk, kPart, kSegment + 100, 512);
  disk.reopen("boot 2");
  bool forgotten = false;
  bool durably = false;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    if (operation.path != kJournal) return false;
    if (operation.name == "write_at") forgotten = true;
    if (operation.name == "sync_data") durably = forgotten;
    return false;
  });
  open(disk, source);
  CHECK(durably);
}
