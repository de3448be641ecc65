#include "store/range_writer.h"

#include <doctest/doctest.h>

#include "source.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

/// A writer at the start of a file of five segments, with its files.
struct Writing {
  Writing() {
    REQUIRE(data);
    auto file = disk.open("/d/f.part.journal", OpenMode::create);
    REQUIRE(file);
    auto created =
        Journal::create(std::move(*file), {source.identity, kTestSegmentBytes, 0}, "boot 1");
    REQUIRE(created);
    journal = std::move(*created);
  }

  RangeWriter writer(uint64_t begin) { return {**data, journal.get(), {begin, {}, 3}}; }

  FakeDisk disk;
  Source source = five_segments();
  Result<std::unique_ptr<File>> data = disk.open("/d/f.part", OpenMode::create);
  std::unique_ptr<Journal> journal;
};

/// Fails the next operation of this name on a file that ends so.
void fail_next(FakeDisk& disk, std::string_view ending) {
  disk.fail_if([&disk, ending](const FakeDisk::Operation& operation) {
    return disk.failures() == 0 && operation.path.native().ends_with(ending);
  });
}

}  // namespace

TEST_CASE("one_write_may_span_several_segments") {
  Writing on;
  RangeWriter writer = on.writer(0);
  REQUIRE(writer.write(on.source.range({0, 2 * kTestSegmentBytes + 10})));
  CHECK(writer.position() == 2 * kTestSegmentBytes + 10);
  CHECK(writer.partial().bytes() == 10);
  CHECK(on.journal->finished(0));
  CHECK(on.journal->finished(1));
  CHECK_FALSE(on.journal->finished(2));
}

TEST_CASE("a_digest_does_not_depend_on_how_the_bytes_came") {
  Writing whole;
  REQUIRE(whole.writer(0).write(whole.source.range({0, kTestSegmentBytes})));
  Writing pieces;
  RangeWriter writer = pieces.writer(0);
  for (uint64_t at = 0; at < kTestSegmentBytes; at += 4096) {
    REQUIRE(writer.write(pieces.source.range({at, at + 4096})));
  }
  CHECK(whole.journal->digest(0) != 0);
  CHECK(whole.journal->digest(0) == pieces.journal->digest(0));
}

TEST_CASE("nothing_is_recorded_of_bytes_that_could_not_be_written") {
  Writing on;
  RangeWriter writer = on.writer(0);
  REQUIRE(writer.write(on.source.range({0, 10})));
  fail_next(on.disk, ".part");
  CHECK_FALSE(writer.write(on.source.range({10, kTestSegmentBytes})));
  CHECK(writer.position() == 10);
  CHECK(writer.partial().bytes() == 10);
  CHECK_FALSE(on.journal->finished(0));
}

TEST_CASE("a_segment_whose_record_fails_is_to_be_written_again_from_its_start") {
  Writing on;
  RangeWriter writer = on.writer(kTestSegmentBytes);
  fail_next(on.disk, ".journal");
  CHECK_FALSE(writer.write(on.source.range({kTestSegmentBytes, 2 * kTestSegmentBytes})));
  CHECK(writer.position() == kTestSegmentBytes);
  CHECK(writer.partial().bytes() == 0);
  CHECK_FALSE(on.journal->finished(1));
  REQUIRE(writer.write(on.source.range({kTestSegmentBytes, 2 * kTestSegmentBytes})));
  CHECK(on.journal->finished(1));
}

TEST_CASE("bytes_past_the_end_of_the_file_are_refused") {
  Writing on;
  const uint64_t size = on.source.bytes.size();
  RangeWriter writer = on.writer(4 * kTestSegmentBytes);
  const Bytes too_many(size - 4 * kTestSegmentBytes + 1);
  const auto refused = writer.write(too_many);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::corrupt);
  CHECK(writer.position() == 4 * kTestSegmentBytes);
  CHECK(on.disk.find("/d/f.part")->bytes.empty());
}

TEST_CASE("without_a_journal_only_the_data_is_written") {
  Writing on;
  RangeWriter writer(**on.data, nullptr, {});
  REQUIRE(writer.write(on.source.bytes));
  CHECK(writer.position() == on.source.bytes.size());
  CHECK(on.disk.find("/d/f.part")->bytes == on.source.bytes);
  CHECK_FALSE(on.journal->finished(0));
}
