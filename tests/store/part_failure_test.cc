// A whole download with its n-th operation failing, for every n. The one invariant: after recovery
// every accepted byte equals the source's.
#include <doctest/doctest.h>

#include "source.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr uint64_t kMostOperations = 1000;
constexpr const char* kTarget = "/d/file";
constexpr const char* kPart = "/d/file.part";

/// Open, write what is missing with a checkpoint in the middle, finish.
Status download(FakeDisk& disk, const Source& source) {
  const auto part = PartFile::open(disk, kTarget, source.identity, {.replace = true});
  if (!part) return tl::make_unexpected(part.error());
  for (const Range& range : (*part)->missing().ranges()) {
    if (auto written = write_range(**part, source, range); !written) return written;
    if (auto flushed = (*part)->checkpoint(); !flushed) return flushed;
  }
  const auto matched = check_seams(**part);
  if (!matched) return tl::make_unexpected(matched.error());
  return (*part)->finish(source.bytes.size(), 1'767'322);
}

/// A part of which the second and the fourth segment are there, and some of the third.
void begin_download(FakeDisk& disk, const Source& source) {
  const auto part = PartFile::open(disk, kTarget, source.identity, {});
  REQUIRE(part);
  REQUIRE(write_range(**part, source, {kTestSegmentBytes, 2 * kTestSegmentBytes + 5000}));
  REQUIRE(write_range(**part, source, {3 * kTestSegmentBytes, 4 * kTestSegmentBytes}));
  disk.reopen();
}

/// What a part accepts of a disk is what the source has there.
void check_accepted_bytes(FakeDisk& disk, const Source& source) {
  if (disk.find(kPart) == nullptr) return;
  const auto part = PartFile::open(disk, kTarget, source.identity, {});
  REQUIRE(part);
  Bytes expected = source.bytes;
  Bytes accepted = disk.find(kPart)->bytes;
  REQUIRE(accepted.size() == expected.size());
  for (const Range& range : (*part)->missing().ranges()) {
    for (Bytes* bytes : {&expected, &accepted}) {
      std::fill_n(bytes->begin() + static_cast<ptrdiff_t>(range.begin), range.size(), std::byte{});
    }
  }
  REQUIRE((accepted == expected));
}

enum class Fault { fails_once, fails_once_torn, dies, dies_torn, boots };

/// Runs a download with a fault at operation 1, 2, … until none fires, and after each a healthy
/// one. Says how many operations failed.
uint64_t run_with_every_fault(Fault fault, bool begun) {
  const Source source = five_segments();
  for (uint64_t n = 1; n <= kMostOperations; ++n) {
    CAPTURE(n);
    FakeDisk disk;
    if (begun) begin_download(disk, source);
    disk.tear_failing_writes(fault == Fault::fails_once_torn || fault == Fault::dies_torn);
    const bool once = fault == Fault::fails_once || fault == Fault::fails_once_torn;
    once ? disk.fail_at(n) : disk.die_at(n);
    const auto first = download(disk, source);
    if (disk.failures() == 0) {
      REQUIRE(first);
      return n - 1;
    }
    REQUIRE_FALSE(first);
    REQUIRE(first.error().kind == ErrorKind::disk);
    // The error that is reported is the one that stopped the download.
    const std::string name = "operation " + std::to_string(n) + ",";
    REQUIRE(first.error().message.find(name) == 0);
    // The name is only ever given to the whole file.
    if (const auto* target = disk.find(kTarget)) REQUIRE((target->bytes == source.bytes));

    disk.reopen(fault == Fault::boots ? "boot 2" : "boot 1");
    check_accepted_bytes(disk, source);
    const auto second = download(disk, source);
    REQUIRE_MESSAGE(second, (second ? "" : describe(second.error())));
    REQUIRE((disk.find(kTarget)->bytes == source.bytes));
    REQUIRE(disk.find(kTarget)->mtime == 1'767'322);
    REQUIRE(disk.find("/d/file.part.journal") == nullptr);
    if (begun) REQUIRE(disk.names().size() == 1);
  }
  FAIL("the download does not end");
  return 0;
}

void check_every_fault(Fault fault) {
  for (const bool begun : {false, true}) {
    CAPTURE(begun);
    CHECK(run_with_every_fault(fault, begun) > 40);
  }
}

}  // namespace

TEST_CASE("an_operation_that_fails_is_reported_and_a_rerun_completes") {
  check_every_fault(Fault::fails_once);
}

TEST_CASE("a_write_that_fails_half_way_is_reported_and_a_rerun_completes") {
  check_every_fault(Fault::fails_once_torn);
}

TEST_CASE("a_process_that_dies_at_any_operation_leaves_what_a_rerun_completes") {
  check_every_fault(Fault::dies);
}

TEST_CASE("a_process_that_dies_within_any_write_leaves_what_a_rerun_completes") {
  check_every_fault(Fault::dies_torn);
}

TEST_CASE("a_boot_after_any_operation_leaves_what_a_rerun_completes") {
  check_every_fault(Fault::boots);
}

TEST_CASE("while_an_operation_fails_nothing_that_was_on_disk_is_lost") {
  const Source source = five_segments();
  for (uint64_t n = 1; n <= kMostOperations; ++n) {
    CAPTURE(n);
    FakeDisk disk;
    begin_download(disk, source);
    disk.fail_at(n);
    // It ends before a byte is written: only what opening does to an earlier part counts.
    const auto failed = PartFile::open(disk, kTarget, source.identity, {});
    if (disk.failures() == 0) break;
    REQUIRE_FALSE(failed);
    disk.reopen();
    const auto part = PartFile::open(disk, kTarget, source.identity, {});
    REQUIRE(part);
    REQUIRE((*part)->resumed_bytes() == 2 * kTestSegmentBytes + 5000);
  }
}
