#include <doctest/doctest.h>

#include "source.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr uint64_t kSegment = kTestSegmentBytes;
constexpr const char* kTarget = "/d/file";

std::unique_ptr<PartFile> open(FakeDisk& disk, const Source& source) {
  auto part = PartFile::open(disk, kTarget, source.identity, {});
  REQUIRE_MESSAGE(part, (part ? "" : describe(part.error())));
  return std::move(*part);
}

/// What a server sends that ignores offsets: the file's start, whatever was asked for.
Status write_from_the_start(PartFile& part, const Source& source, Range range) {
  const auto writer = part.writer(range.begin);
  return writer->write(source.range({0, range.end - writer->wire_begin()}));
}

}  // namespace

TEST_CASE("a_range_inside_the_file_is_asked_for_with_a_lead") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  CHECK(part->writer(0)->wire_begin() == 0);
  const auto writer = part->writer(2 * kSegment);
  CHECK(writer->wire_begin() == 2 * kSegment - Seam::kLeadBytes);
  CHECK(writer->position() == 2 * kSegment);
}

TEST_CASE("the_lead_is_compared_and_not_written") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {kSegment, 2 * kSegment}));
  const Bytes& data = disk.find("/d/file.part")->bytes;
  CHECK(data[kSegment - 1] == std::byte{0});
  CHECK(data[kSegment] == source.bytes[kSegment]);
}

TEST_CASE("a_seam_is_due_when_both_its_sides_are_there") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {kSegment, 2 * kSegment}));
  CHECK(part->due_seams().empty());
  REQUIRE(write_range(*part, source, {0, kSegment}));
  CHECK(part->due_seams().size() == 1);
  CHECK(check_seams(*part) == true);
  CHECK(part->due_seams().empty());
}

TEST_CASE("a_range_that_began_elsewhere_is_found_out") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_from_the_start(*part, source, {2 * kSegment, 3 * kSegment}));
  REQUIRE(write_range(*part, source, {0, 2 * kSegment}));
  CHECK(check_seams(*part) == false);
}

TEST_CASE("where_the_neighbour_is_there_already_nothing_wrong_is_written") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {0, kSegment + 1000}));
  const Bytes before = disk.find("/d/file.part")->bytes;
  for (const uint64_t begin : {kSegment + 1000, 2 * kSegment}) {
    CAPTURE(begin);
    if (begin == 2 * kSegment) REQUIRE(write_range(*part, source, {kSegment + 1000, begin}));
    const Bytes there = disk.find("/d/file.part")->bytes;
    const auto writer = part->writer(begin);
    const auto refused = writer->write(source.range({0, 5000}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::no_restart);
    CHECK(writer->seam_refuted());
    CHECK(writer->position() == begin);
    CHECK((disk.find("/d/file.part")->bytes == there));
  }
}

TEST_CASE("a_tail_of_a_few_bytes_has_a_lead_of_as_many") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {kSegment, kSegment + 10}));
  CHECK(part->writer(kSegment + 10)->wire_begin() == kSegment);
}

TEST_CASE("a_part_with_an_open_seam_does_not_get_its_name") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {kSegment, source.bytes.size()}));
  REQUIRE(write_range(*part, source, {0, kSegment}));
  const auto refused = part->finish(source.bytes.size(), std::nullopt);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::corrupt);
  REQUIRE(check_seams(*part) == true);
  CHECK(part->finish(source.bytes.size(), std::nullopt));
}

TEST_CASE("an_open_seam_outlives_a_kill") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_from_the_start(*part, source, {2 * kSegment, 3 * kSegment}));
  }
  disk.reopen();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {0, 2 * kSegment}));
  CHECK(check_seams(*part) == false);
}

TEST_CASE("what_hangs_together_from_the_start_is_proven") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  CHECK(part->proven_bytes() == 0);
  REQUIRE(write_range(*part, source, {2 * kSegment, 3 * kSegment}));
  REQUIRE(write_range(*part, source, {0, 2 * kSegment}));
  CHECK(part->proven_bytes() == 2 * kSegment);
  REQUIRE(check_seams(*part) == true);
  CHECK(part->proven_bytes() == 3 * kSegment);
}

TEST_CASE("what_is_forgotten_is_missing_also_after_a_kill") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source);
    REQUIRE(write_range(*part, source, {0, kSegment}));
    REQUIRE(write_from_the_start(*part, source, {2 * kSegment, 3 * kSegment + 100}));
    REQUIRE(part->checkpoint());
    REQUIRE(part->forget_from(part->proven_bytes()));
    CHECK(part->missing().ranges() == std::vector<Range>{{kSegment, source.bytes.size()}});
  }
  disk.reopen();
  const auto part = open(disk, source);
  CHECK(part->missing().ranges() == std::vector<Range>{{kSegment, source.bytes.size()}});
  REQUIRE(write_missing(*part, source));
  CHECK(check_seams(*part) == true);
  CHECK(part->finish(source.bytes.size(), std::nullopt));
}

TEST_CASE("a_range_that_brought_nothing_leaves_no_seam") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(part->writer(kSegment)->write(source.range({0, 10})));
  REQUIRE(write_range(*part, source, {0, source.bytes.size()}));
  CHECK(part->finish(source.bytes.size(), std::nullopt));
}

TEST_CASE("a_writer_that_leaves_takes_no_other_writers_seam_with_it") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  auto stalled = part->writer(2 * kSegment);
  REQUIRE(write_from_the_start(*part, source, {2 * kSegment, 3 * kSegment}));
  stalled.reset();
  REQUIRE(write_range(*part, source, {0, 2 * kSegment}));
  CHECK(check_seams(*part) == false);
}
