// Digests that outlive the download: kept, compared, used to repair.
#include "store/kept_digests.h"

#include <doctest/doctest.h>

#include "source.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kTarget = "/d/file";
constexpr const char* kDigests = "/d/file.digests";
constexpr uint64_t kSegment = kTestSegmentBytes;
constexpr uint64_t kMostOperations = 1000;
const std::vector<std::string> kFinished{kTarget, kDigests};

Result<std::unique_ptr<PartFile>> open(FakeDisk& disk, const Identity& identity) {
  PartFile::Options options;
  options.replace = true;
  return PartFile::open(disk, kTarget, identity, options);
}

Status finish(PartFile& part, const Source& source, bool keep = false) {
  return write_missing(part, source)
      .and_then([&] { return check_seams(part); })
      .and_then([&](bool) { return part.finish(source.bytes.size(), 1, keep); });
}

void fetch(FakeDisk& disk, const Source& source, bool keep = true) {
  const auto part = open(disk, source.identity);
  REQUIRE(part);
  REQUIRE(finish(**part, source, keep));
}

std::vector<Range> bad_ranges(FakeDisk& disk, const char* digests = kDigests,
                              const char* path = kTarget) {
  const auto journal = Journal::load(std::move(*disk.open(digests, OpenMode::read)));
  REQUIRE(journal);
  const auto data = disk.open(path, OpenMode::read);
  REQUIRE(data);
  uint64_t read = 0;
  const auto bad = find_bad_ranges(**journal, **data, [&](uint64_t bytes) { read += bytes; });
  REQUIRE(bad);
  CHECK(read > 0);
  return *bad;
}

}  // namespace

TEST_CASE("digests_are_kept_when_that_is_wanted_and_only_then") {
  const Source source = five_segments();
  for (const bool keep : {false, true}) {
    FakeDisk disk;
    fetch(disk, source, keep);
    CHECK(disk.names() == (keep ? kFinished : std::vector<std::string>{kTarget}));
  }
}

TEST_CASE("digests_that_are_there_are_kept_up_to_date") {
  FakeDisk disk;
  fetch(disk, five_segments());
  Source other(3 * kSegment, 7);
  fetch(disk, other, false);
  CHECK(disk.names() == kFinished);
  CHECK(bad_ranges(disk).empty());
}

TEST_CASE("digests_of_a_file_of_unknown_size_are_made_at_the_end") {
  FakeDisk disk;
  Source source = five_segments();
  source.identity.size_bytes.reset();
  const auto part = open(disk, source.identity);
  REQUIRE(part);
  REQUIRE((*part)->writer(0)->write(source.bytes));
  REQUIRE((*part)->finish(source.bytes.size(), {}, true));
  CHECK(disk.names() == kFinished);
  CHECK(bad_ranges(disk).empty());
  disk.find(kTarget)->bytes.back() ^= std::byte{1};
  CHECK(bad_ranges(disk) == std::vector<Range>{{4 * kSegment, source.bytes.size()}});
}

TEST_CASE("a_crash_after_the_file_was_named_leaves_digests_that_are_of_it") {
  const Source before(3 * kSegment, 7);
  const Source source = five_segments();
  for (const bool had_digests : {false, true}) {
    for (const bool keep : {false, true}) {
      FakeDisk disk;
      fetch(disk, before, had_digests);
      {
        const auto part = open(disk, source.identity);
        REQUIRE(part);
        REQUIRE(write_missing(**part, source));
        REQUIRE(check_seams(**part));
        bool named = false;
        disk.fail_if([&](const FakeDisk::Operation& operation) {
          const bool fails = named;
          named = named || operation.name == "rename";
          return fails;
        });
        REQUIRE_FALSE((*part)->finish(source.bytes.size(), 1, keep));
      }
      disk.reopen();
      REQUIRE(settle_leftover_journal(disk, kTarget, keep));
      CHECK(disk.names() == (keep || had_digests ? kFinished : std::vector<std::string>{kTarget}));
      if (keep || had_digests) CHECK(bad_ranges(disk).empty());
    }
  }
}

TEST_CASE("bad_ranges_are_named_with_their_neighbours_joined") {
  FakeDisk disk;
  fetch(disk, five_segments());
  CHECK(bad_ranges(disk).empty());
  for (const uint64_t place : {uint64_t{0}, 2 * kSegment, 4 * kSegment - 1}) {
    disk.find(kTarget)->bytes[place] ^= std::byte{1};
  }
  CHECK(bad_ranges(disk) == std::vector<Range>{{0, kSegment}, {2 * kSegment, 4 * kSegment}});
}

TEST_CASE("of_a_part_what_is_there_is_compared_tails_included") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source.identity);
    REQUIRE(part);
    REQUIRE(write_range(**part, source, {0, kSegment + 700}));
    REQUIRE((*part)->checkpoint());
    REQUIRE(write_range(**part, source, {kSegment + 700, kSegment + 1000}));
  }
  constexpr const char* kPart = "/d/file.part";
  constexpr const char* kJournal = "/d/file.part.journal";
  CHECK(bad_ranges(disk, kJournal, kPart).empty());
  disk.find(kPart)->bytes[4 * kSegment] ^= std::byte{1};  // not fetched yet
  CHECK(bad_ranges(disk, kJournal, kPart).empty());
  disk.find(kPart)->bytes[kSegment + 999] ^= std::byte{1};
  CHECK(bad_ranges(disk, kJournal, kPart) == std::vector<Range>{{kSegment, kSegment + 1000}});
}

TEST_CASE("what_is_bad_is_fetched_again_and_nothing_else") {
  FakeDisk disk;
  const Source source = five_segments();
  fetch(disk, source);
  disk.find(kTarget)->bytes[kSegment + 5] ^= std::byte{1};
  Identity elsewhere = source.identity;
  elsewhere.url = "ftp://mirror/file";
  elsewhere.mdtm = "20250102030405";
  REQUIRE(reopen_finished(disk, kTarget, elsewhere, bad_ranges(disk)));
  CHECK(disk.find(kTarget) == nullptr);
  const auto part = open(disk, elsewhere);
  REQUIRE(part);
  CHECK((*part)->missing().ranges() == std::vector<Range>{{kSegment, 2 * kSegment}});
  REQUIRE(finish(**part, source));
  CHECK((disk.find(kTarget)->bytes == source.bytes));
  CHECK(disk.names() == kFinished);
  CHECK(bad_ranges(disk).empty());
}

TEST_CASE("what_comes_must_be_what_was_there_before") {
  FakeDisk disk;
  const Source source = five_segments();
  fetch(disk, source);
  disk.find(kTarget)->bytes[kSegment + 5] ^= std::byte{1};
  REQUIRE(reopen_finished(disk, kTarget, source.identity, bad_ranges(disk)));
  const auto part = open(disk, source.identity);
  REQUIRE(part);
  const Status written = write_missing(**part, Source(source.bytes.size(), 99));
  REQUIRE_FALSE(written);
  CHECK(written.error().kind != ErrorKind::disk);
}

TEST_CASE("a_segment_that_is_not_what_was_there_before_is_not_written") {
  FakeDisk disk;
  const Source source = five_segments();
  fetch(disk, source);
  disk.find(kTarget)->bytes[5] ^= std::byte{1};
  const Bytes damaged = disk.find(kTarget)->bytes;
  REQUIRE(reopen_finished(disk, kTarget, source.identity, bad_ranges(disk)));
  const auto part = open(disk, source.identity);
  REQUIRE(part);
  const Status written = write_missing(**part, Source(source.bytes.size(), 99));
  REQUIRE_FALSE(written);
  CHECK(written.error().kind == ErrorKind::changed);
  REQUIRE((*part)->give_name_back());
  CHECK((disk.find(kTarget)->bytes == damaged));
  CHECK(disk.names() == kFinished);
}

TEST_CASE("a_remote_file_of_another_size_repairs_nothing") {
  FakeDisk disk;
  const Source source = five_segments();
  fetch(disk, source);
  Identity other = source.identity;
  *other.size_bytes += 1;
  const Status reopened = reopen_finished(disk, kTarget, other, {{0, 1}});
  REQUIRE_FALSE(reopened);
  CHECK(reopened.error().kind == ErrorKind::changed);
  CHECK(disk.names() == kFinished);
}

TEST_CASE("beside_an_unfinished_download_nothing_is_repaired") {
  FakeDisk disk;
  const Source source = five_segments();
  fetch(disk, source);
  disk.put("/d/file.part", Bytes(5));
  CHECK_FALSE(reopen_finished(disk, kTarget, source.identity, {{0, 1}}));
  CHECK((disk.find(kTarget)->bytes == source.bytes));
}

TEST_CASE("whatever_operation_dies_in_a_repair_the_file_is_whole_or_can_be_completed") {
  const Source source = five_segments();
  uint64_t n = 1;
  for (; n <= kMostOperations; ++n) {
    CAPTURE(n);
    FakeDisk disk;
    fetch(disk, source);
    disk.find(kTarget)->bytes[kSegment + 5] ^= std::byte{1};
    const auto bad = bad_ranges(disk);
    disk.reopen();
    disk.tear_failing_writes(true);
    disk.die_at(n);
    const auto repair = [&] {
      return reopen_finished(disk, kTarget, source.identity, bad)
          .and_then([&] { return open(disk, source.identity); })
          .and_then([&](std::unique_ptr<PartFile> part) { return finish(*part, source); });
    };
    const Status first = repair();
    const bool died = disk.failures() > 0;
    disk.reopen();
    // Until it is a part, it can be repaired again; from then on it is fetched.
    if (died && disk.find("/d/file.part") == nullptr && disk.find(kTarget)->bytes != source.bytes) {
      REQUIRE(repair());
    } else if (died && disk.find(kTarget) == nullptr) {
      fetch(disk, source);
    }
    REQUIRE((disk.find(kTarget)->bytes == source.bytes));
    if (!died) break;
  }
  CHECK(n > 40);
  CHECK(n < kMostOperations);
}
