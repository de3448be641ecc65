// Going on with a file that has grown, with every operation failing in turn.
#include "store/part_growth.h"

#include <doctest/doctest.h>

#include "source.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kTarget = "/d/file";
constexpr uint64_t kSegment = kTestSegmentBytes;
constexpr uint64_t kMostOperations = 2000;

/// The same beginning, two segments more.
Source grown(const Source& source) {
  Source longer(source.bytes.size() + 2 * kSegment, 2);
  std::copy(source.bytes.begin(), source.bytes.end(), longer.bytes.begin());
  longer.identity.mdtm = "20270102030405";
  return longer;
}

Result<std::unique_ptr<PartFile>> open(FakeDisk& disk, const Source& source) {
  PartFile::Options options;
  options.replace = true;
  options.on_change = OnChange::append;
  options.claims = true;
  return PartFile::open(disk, kTarget, source.identity, options);
}

Status finish(PartFile& part, const Source& source) {
  return write_missing(part, source)
      .and_then([&] { return check_seams(part); })
      .and_then([&](bool) { return part.finish(source.bytes.size(), 1); });
}

/// All but the third segment, or a finished file.
void begin(FakeDisk& disk, const Source& source, bool finished) {
  const auto part = open(disk, source);
  REQUIRE(part);
  if (finished) {
    REQUIRE(finish(**part, source));
  } else {
    REQUIRE(write_range(**part, source, {3 * kSegment, source.bytes.size()}));
    REQUIRE(write_range(**part, source, {0, 2 * kSegment + 100}));
  }
}

Status go_on(FakeDisk& disk, const Source& longer, bool finished) {
  const auto part = open(disk, longer);
  if (!part) return tl::make_unexpected(part.error());
  if (finished && (*part)->resumed_bytes() == 0) {
    auto filled = grow_from_finished(disk, kTarget, **part, {});
    if (!filled) return filled;
  }
  return finish(**part, longer);
}

}  // namespace

TEST_CASE("all_but_the_segments_that_prove_the_beginning_is_kept") {
  FakeDisk disk;
  const Source source = five_segments();
  begin(disk, source, false);
  const Source longer = grown(source);
  const auto part = open(disk, longer);
  REQUIRE(part);
  CHECK((*part)->missing().ranges() ==
        std::vector<Range>{{0, kSegment},
                           {2 * kSegment + 100, 4 * kSegment},
                           {source.bytes.size(), longer.bytes.size()}});
  REQUIRE((*part)->notes().size() == 1);
  CHECK((*part)->notes()[0].find("1049810 bytes and is 1574098") != std::string::npos);
  REQUIRE(finish(**part, longer));
  CHECK((disk.find(kTarget)->bytes == longer.bytes));
  CHECK(disk.names() == std::vector<std::string>{kTarget});
}

TEST_CASE("another_beginning_is_found_out_by_the_segments_that_prove_it") {
  const Source source = five_segments();
  for (const uint64_t place : {uint64_t{5}, 3 * kSegment + 5}) {
    CAPTURE(place);
    FakeDisk disk;
    begin(disk, source, false);
    Source other = grown(source);
    other.bytes[place] ^= std::byte{1};
    const auto part = open(disk, other);
    REQUIRE(part);
    const Status written = write_missing(**part, other);
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == ErrorKind::changed);
  }
}

TEST_CASE("data_that_does_not_bear_out_its_digests_is_fetched_again") {
  FakeDisk disk;
  const Source source = five_segments();
  begin(disk, source, false);
  disk.find("/d/file.part")->bytes[kSegment + 5] ^= std::byte{1};
  const Source longer = grown(source);
  const auto part = open(disk, longer);
  REQUIRE(part);
  CHECK((*part)->missing().contains({kSegment, 2 * kSegment}));
  REQUIRE(finish(**part, longer));
  CHECK((disk.find(kTarget)->bytes == longer.bytes));
}

TEST_CASE("whatever_operation_dies_while_a_file_grows_the_next_run_completes_it") {
  const Source source = five_segments();
  const Source longer = grown(source);
  for (const bool finished : {false, true}) {
    CAPTURE(finished);
    uint64_t n = 1;
    for (; n <= kMostOperations; ++n) {
      CAPTURE(n);
      FakeDisk disk;
      begin(disk, source, finished);
      disk.reopen();
      disk.tear_failing_writes(true);
      disk.die_at(n);
      const Status first = go_on(disk, longer, finished);
      if (disk.failures() == 0) break;
      REQUIRE_FALSE(first);
      // A finished file stays what it was until the longer one is whole.
      const auto* target = disk.find(kTarget);
      if (target != nullptr) {
        const bool whole =
            target->bytes == longer.bytes || (finished && target->bytes == source.bytes);
        REQUIRE(whole);
      }
      disk.reopen();
      const Status second = go_on(disk, longer, finished);
      REQUIRE_MESSAGE(second, (second ? "" : describe(second.error())));
      REQUIRE((disk.find(kTarget)->bytes == longer.bytes));
      REQUIRE(disk.names() == std::vector<std::string>{kTarget});
    }
    CHECK(n > 40);
    CHECK(n < kMostOperations);
  }
}
