// Going on with a part after a kill, and after a boot.
#include <algorithm>

#include <doctest/doctest.h>

#include "source.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr uint64_t kSegment = kTestSegmentBytes;
constexpr const char* kTarget = "/d/file";
constexpr const char* kPart = "/d/file.part";

std::unique_ptr<PartFile> open(FakeDisk& disk, const Source& source) {
  auto part = PartFile::open(disk, kTarget, source.identity, {});
  REQUIRE_MESSAGE(part, (part ? "" : describe(part.error())));
  CHECK((*part)->notes().empty());
  return std::move(*part);
}

/// Writes these ranges in one run, with a checkpoint after the first, and is killed.
void begin_download(FakeDisk& disk, const Source& source, const std::vector<Range>& ranges) {
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, ranges.front()));
  REQUIRE(part->checkpoint());
  for (size_t i = 1; i < ranges.size(); ++i) REQUIRE(write_range(*part, source, ranges[i]));
}

void complete(PartFile& part, FakeDisk& disk, const Source& source) {
  REQUIRE(write_missing(part, source));
  REQUIRE(check_seams(part) == true);
  REQUIRE(part.finish(source.bytes.size(), std::nullopt));
  CHECK((disk.find(kTarget)->bytes == source.bytes));
}

void damage(FakeDisk& disk, uint64_t place) {
  disk.find(kPart)->bytes[place] ^= std::byte{0xff};
}

}  // namespace

TEST_CASE("a_kill_loses_no_byte_that_was_written") {
  FakeDisk disk;
  const Source source = five_segments();
  // A whole segment, one and a half, and a few bytes of the last.
  begin_download(
      disk, source,
      {{0, kSegment}, {2 * kSegment, 3 * kSegment + 7000}, {4 * kSegment, 4 * kSegment + 1}});
  disk.reopen();
  const auto part = open(disk, source);
  CHECK(part->missing().ranges() == std::vector<Range>{{kSegment, 2 * kSegment},
                                                       {3 * kSegment + 7000, 4 * kSegment},
                                                       {4 * kSegment + 1, source.bytes.size()}});
  CHECK(part->resumed_bytes() == 2 * kSegment + 7001);
  complete(*part, disk, source);
}

TEST_CASE("every_length_of_a_tail_is_kept") {
  const Source source = five_segments();
  for (const uint64_t bytes : {uint64_t{1}, uint64_t{4095}, kSegment - 1, kSegment, kSegment + 1}) {
    CAPTURE(bytes);
    FakeDisk disk;
    begin_download(disk, source, {{kSegment, kSegment + bytes}});
    const auto part = open(disk, source);
    CHECK(part->resumed_bytes() == bytes);
    CHECK(part->missing().total_bytes() == source.bytes.size() - bytes);
    CHECK_FALSE(part->missing().contains({kSegment, kSegment + 1}));
    complete(*part, disk, source);
  }
}

TEST_CASE("a_writer_goes_on_where_another_stopped_in_the_same_run") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {0, 1000}));
  REQUIRE(write_range(*part, source, {1000, kSegment + 500}));
  CHECK(part->missing().ranges() == std::vector<Range>{{kSegment + 500, source.bytes.size()}});
  complete(*part, disk, source);
}

TEST_CASE("a_segment_that_is_begun_again_from_its_start_is_whole_in_the_end") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {kSegment, kSegment + 1000}));
    REQUIRE(write_range(*part, source, {kSegment, 2 * kSegment}));
  }
  // In another boot the digest of the segment is compared with all of its bytes.
  disk.reopen("boot 2");
  CHECK(open(disk, source)->resumed_bytes() == kSegment);
}

TEST_CASE("more_writers_than_slots_lose_no_more_than_their_tails") {
  FakeDisk disk;
  const uint64_t segments = kSlots + 3;
  const Source source(segments * kSegment);
  {
    const auto part = open(disk, source);
    std::vector<std::unique_ptr<PartFile::Writer>> writers;
    for (uint64_t i = 0; i < segments; ++i) {
      writers.push_back(part->writer(i * kSegment));
      const Range bytes{writers.back()->wire_begin(), i * kSegment + 10};
      REQUIRE(writers.back()->write(source.range(bytes)));
    }
    writers.clear();
    CHECK(part->missing().total_bytes() == source.bytes.size() - 10 * segments);
  }
  const auto part = open(disk, source);
  CHECK(part->resumed_bytes() == 10 * kSlots);
}

TEST_CASE("a_slot_is_free_again_when_its_segment_is_whole") {
  FakeDisk disk;
  const Source source(2 * kSegment);
  {
    const auto part = open(disk, source);
    for (uint64_t i = 0; i < 2 * kSlots; ++i) REQUIRE(write_range(*part, source, {0, kSegment}));
    REQUIRE(write_range(*part, source, {kSegment, kSegment + 10}));
  }
  CHECK(open(disk, source)->resumed_bytes() == kSegment + 10);
}

TEST_CASE("the_slot_of_an_earlier_tail_is_not_given_to_another_segment") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source, {{kSegment, kSegment + 1000}});
  begin_download(disk, source, {{3 * kSegment, 3 * kSegment + 10}});
  CHECK(open(disk, source)->resumed_bytes() == 1010);
}

TEST_CASE("of_two_tails_of_a_segment_the_longer_is_taken") {
  const Source source = five_segments();
  for (const uint64_t first : {100, 200}) {
    CAPTURE(first);
    FakeDisk disk;
    begin_download(disk, source, {{0, 200}});
    const auto put_tail = [&](uint64_t slot, uint64_t bytes) {
      PartialSegment partial;
      partial.add(source.range({0, bytes}));
      const SlotImage image = encode_slot(slot, {0, bytes, partial.digest()});
      std::copy(image.begin(), image.end(),
                disk.find("/d/file.part.journal")->bytes.begin() + kSlotsOffset +
                    static_cast<ptrdiff_t>(slot * kSlotBytes));
    };
    put_tail(0, first);
    put_tail(9, 300 - first);
    const auto part = open(disk, source);
    CHECK(part->resumed_bytes() == 200);
    CHECK(part->missing().ranges() == std::vector<Range>{{200, source.bytes.size()}});
    complete(*part, disk, source);
  }
}

TEST_CASE("a_tail_whose_bytes_do_not_match_is_fetched_again") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source, {{0, kSegment}, {kSegment, kSegment + 7000}});
  damage(disk, kSegment + 6999);
  {
    const auto part = open(disk, source);
    CHECK(part->resumed_bytes() == kSegment);
    CHECK(part->missing().contains({kSegment, kSegment + 7000}));
  }
  complete(*open(disk, source), disk, source);
}

TEST_CASE("what_is_not_durable_is_compared_in_the_same_boot_too") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source, {{0, kSegment}, {kSegment, 2 * kSegment}});
  // A disk that was pulled out has lost what was only in memory.
  disk.find(kPart)->bytes[kSegment + 5] ^= std::byte{1};
  const auto part = open(disk, source);
  CHECK(part->resumed_bytes() == kSegment);
  complete(*part, disk, source);
}

TEST_CASE("in_another_boot_finished_segments_that_do_not_match_are_fetched_again") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source, {{0, kSegment}, {2 * kSegment, 4 * kSegment}});
  disk.reopen("boot 2");
  damage(disk, 3 * kSegment + 5);
  const auto part = open(disk, source);
  CHECK(part->resumed_bytes() == 2 * kSegment);
  CHECK(part->missing().ranges() ==
        std::vector<Range>{{kSegment, 2 * kSegment}, {3 * kSegment, source.bytes.size()}});
  complete(*part, disk, source);
}

TEST_CASE("in_another_boot_a_digest_that_was_never_written_is_found_out") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source, {{0, kSegment}});
  const Header header{source.identity, kSegment, 0};
  disk.find("/d/file.part.journal")->bytes[header.digests_offset() + 8] = std::byte{8};
  disk.reopen("boot 2");
  const auto part = open(disk, source);
  CHECK(part->missing().contains({kSegment, 2 * kSegment}));
  complete(*part, disk, source);
}

TEST_CASE("a_durable_segment_is_trusted_in_another_boot_without_being_read") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source, {{0, kSegment}});
  disk.reopen("boot 2");
  bool read = false;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    read = read || (operation.name == "read_at" && operation.path == kPart);
    return false;
  });
  CHECK(open(disk, source)->resumed_bytes() == kSegment);
  CHECK_FALSE(read);
}

TEST_CASE("what_was_proven_in_another_boot_is_durable_from_then_on") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source, {{0, kSegment}, {2 * kSegment, 4 * kSegment}});
  disk.reopen("boot 2");
  open(disk, source);
  disk.reopen("boot 3");
  damage(disk, 3 * kSegment);
  CHECK(open(disk, source)->resumed_bytes() == 3 * kSegment);
}

TEST_CASE("an_unknown_boot_is_never_the_same_as_another") {
  FakeDisk disk;
  disk.reopen("");
  const Source source = five_segments();
  begin_download(disk, source, {{0, kSegment}, {2 * kSegment, 4 * kSegment}});
  damage(disk, 3 * kSegment);
  const auto part = open(disk, source);
  CHECK(part->resumed_bytes() == 2 * kSegment);
  complete(*part, disk, source);
}

TEST_CASE("data_that_a_failed_flush_dropped_is_fetched_again_in_the_same_boot") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {0, 2 * kSegment}));
    disk.fail_if(
        [](const FakeDisk::Operation& operation) { return operation.name == "sync_data"; });
    REQUIRE_FALSE(part->checkpoint());
  }
  disk.reopen();
  std::fill_n(disk.find(kPart)->bytes.begin(), kSegment, std::byte{0});
  const auto part = open(disk, source);
  CHECK(part->resumed_bytes() == kSegment);
  complete(*part, disk, source);
}

TEST_CASE("a_part_of_unknown_size_begins_again") {
  FakeDisk disk;
  Source source(5000);
  source.identity.size_bytes.reset();
  for (int run = 0; run < 2; ++run) {
    const auto part = open(disk, source);
    CHECK_FALSE(part->has_segments());
    CHECK(part->missing().empty());
    CHECK(part->resumed_bytes() == 0);
    REQUIRE(write_range(*part, source, {0, 4000}));
    REQUIRE(part->checkpoint());
  }
}
