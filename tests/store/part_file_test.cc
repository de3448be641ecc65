// Opening a part: fresh, locked, set aside, removed.
#include "store/part_file.h"

#include <doctest/doctest.h>

#include "source.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kTarget = "/d/file";
constexpr const char* kPart = "/d/file.part";
constexpr const char* kJournal = "/d/file.part.journal";
const std::vector<std::string> kBoth{kPart, kJournal};

std::unique_ptr<PartFile> open(FakeDisk& disk, const Identity& identity,
                               PartFile::Options options = {}) {
  auto part = PartFile::open(disk, kTarget, identity, options);
  REQUIRE_MESSAGE(part, (part ? "" : describe(part.error())));
  return std::move(*part);
}

/// Leaves a part with its first segment and a half, as a process that was killed does.
void begin_download(FakeDisk& disk, const Source& source) {
  const auto part = open(disk, source.identity);
  REQUIRE(write_range(*part, source, {0, kTestSegmentBytes * 3 / 2}));
}

/// Opening with `now` fails with changed, says `why`, and sets the part aside; the next open begins
/// a fresh one.
void check_has_changed(FakeDisk& disk, const Identity& now, const std::string& why) {
  const Bytes data = disk.find(kPart)->bytes;
  const auto failed = PartFile::open(disk, kTarget, now, {});
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::changed);
  CAPTURE(failed.error().message);
  CHECK(failed.error().message.find(why) != std::string::npos);
  CHECK(failed.error().message.find("/d/file.part.old-1") != std::string::npos);
  CHECK(disk.names() ==
        std::vector<std::string>{"/d/file.part.old-1", "/d/file.part.old-1.journal"});
  CHECK(disk.find("/d/file.part.old-1")->bytes == data);
  const auto part = open(disk, now);
  CHECK(part->notes().empty());
  CHECK(part->missing().total_bytes() == now.size_bytes.value_or(0));
}

/// Opening with `now` sets the part of `source` aside, says `why`, and begins a fresh one.
void check_is_set_aside(FakeDisk& disk, const Identity& now, const std::string& why) {
  const Bytes data = disk.find(kPart)->bytes;
  const bool has_journal = disk.find(kJournal) != nullptr;
  const Bytes journal = has_journal ? disk.find(kJournal)->bytes : Bytes{};
  const auto part = open(disk, now);
  REQUIRE(part->notes().size() == 1);
  CAPTURE(part->notes()[0]);
  CHECK(part->notes()[0].find(why) != std::string::npos);
  CHECK(part->notes()[0].find("/d/file.part.old-1") != std::string::npos);
  CHECK(part->resumed_bytes() == 0);
  CHECK(part->missing().total_bytes() == now.size_bytes.value_or(0));
  REQUIRE(disk.find("/d/file.part.old-1") != nullptr);
  CHECK(disk.find("/d/file.part.old-1")->bytes == data);
  const auto* const old_journal = disk.find("/d/file.part.old-1.journal");
  CHECK((old_journal != nullptr) == !journal.empty());
  if (old_journal != nullptr) CHECK(old_journal->bytes == journal);
}

}  // namespace

TEST_CASE("a_fresh_part_is_preallocated_and_everything_is_missing") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source.identity, {.now = 1'767'322});
  CHECK(disk.names() == kBoth);
  CHECK(disk.find(kPart)->bytes.size() == source.bytes.size());
  CHECK(disk.find(kPart)->is_public);
  CHECK_FALSE(disk.find(kJournal)->is_public);
  CHECK(part->segment_bytes() == kTestSegmentBytes);
  CHECK(part->missing().ranges() == std::vector<Range>{{0, source.bytes.size()}});
  CHECK(part->resumed_bytes() == 0);
  CHECK(part->notes().empty());
  const auto header = decode_header(disk.find(kJournal)->bytes);
  REQUIRE(header);
  CHECK(header->created_unix == 1'767'322);
}

TEST_CASE("the_segment_size_is_kept_from_the_first_run") {
  FakeDisk disk;
  const Source source = five_segments();
  open(disk, source.identity, {.segment_bytes = 2 * kTestSegmentBytes});
  CHECK(open(disk, source.identity)->segment_bytes() == 2 * kTestSegmentBytes);
}

TEST_CASE("a_second_open_says_who_holds_the_part") {
  FakeDisk disk;
  const Source source = five_segments();
  auto part = open(disk, source.identity);
  CHECK(disk.find(kJournal)->locked);
  for (const bool restart : {false, true}) {
    const auto second = PartFile::open(disk, kTarget, source.identity, {.restart = restart});
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::disk);
    CHECK(second.error().message.find("/d/file is being fetched by process ") != std::string::npos);
    CHECK_FALSE(second.error().hint.empty());
  }
  CHECK(disk.names() == kBoth);
  part.reset();
  CHECK(PartFile::open(disk, kTarget, source.identity, {}));
}

TEST_CASE("a_journal_that_its_owner_removed_before_we_had_the_lock_is_not_used") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  int removals = 0;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    if (operation.name == "try_lock" && removals == 0) {
      ++removals;
      REQUIRE(disk.rename(kPart, kTarget, false));
      REQUIRE(disk.remove(kJournal));
    }
    return false;
  });
  const auto part = open(disk, source.identity);
  CHECK(removals == 1);
  CHECK(disk.find(kJournal)->locked);
  CHECK(part->missing().total_bytes() == source.bytes.size());
}

TEST_CASE("a_journal_that_keeps_being_replaced_is_given_up") {
  FakeDisk disk;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    if (operation.name == "try_lock") REQUIRE(disk.remove(kJournal));
    return false;
  });
  const auto part = PartFile::open(disk, kTarget, five_segments().identity, {});
  REQUIRE_FALSE(part);
  CHECK(part.error().message.find("keeps being replaced") != std::string::npos);
}

TEST_CASE("another_size_sets_the_part_aside") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  Identity now = source.identity;
  now.size_bytes = 5000;
  check_has_changed(disk, now, "the remote file was 1049810 bytes and is 5000 bytes");
}

TEST_CASE("a_size_that_is_no_longer_told_sets_the_part_aside") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  Identity now = source.identity;
  now.size_bytes.reset();
  check_has_changed(disk, now, "was 1049810 bytes and is of unknown size");
}

TEST_CASE("another_time_sets_the_part_aside") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  Identity now = source.identity;
  now.mdtm.clear();
  check_has_changed(disk, now, "the remote file's time was 20260102030405 and is unknown");
}

TEST_CASE("another_url_sets_the_part_aside") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  Identity now = source.identity;
  now.url = "ftp://other/file";
  check_is_set_aside(disk, now, "it is of another URL, ftp://host/file");
}

TEST_CASE("a_part_without_a_journal_is_set_aside") {
  FakeDisk disk;
  disk.put(kPart, Bytes(77, std::byte{7}));
  check_is_set_aside(disk, five_segments().identity, "it has no journal");
}

TEST_CASE("a_changed_file_is_fetched_anew_at_once_when_told_so") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  Identity now = source.identity;
  now.mdtm = "20270102030405";
  const auto part = open(disk, now, {.on_change = OnChange::refetch});
  REQUIRE(part->notes().size() == 1);
  CHECK(part->notes()[0].find("20270102030405") != std::string::npos);
  CHECK(part->missing().total_bytes() == source.bytes.size());
  CHECK(disk.names() == kBoth);
}

TEST_CASE("of_a_file_of_unknown_size_that_has_changed_nothing_is_kept") {
  FakeDisk disk;
  Identity identity{"ftp://host/file", std::nullopt, "20260102030405"};
  open(disk, identity);
  identity.mdtm = "20270102030405";
  CHECK(open(disk, identity)->notes().empty());
  CHECK(disk.names() == kBoth);
}

TEST_CASE("a_part_that_is_too_long_is_set_aside") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  disk.find(kPart)->bytes.push_back(std::byte{1});
  check_is_set_aside(disk, source.identity, "it is 1049811 bytes long instead of 1049810");
}

TEST_CASE("of_a_part_that_was_cut_off_what_its_digests_prove_is_kept") {
  FakeDisk disk;
  const Source source = five_segments();
  {
    const auto part = open(disk, source.identity);
    REQUIRE(write_range(*part, source, {0, 2 * kTestSegmentBytes}));
    REQUIRE(part->checkpoint());
  }
  disk.find(kPart)->bytes.resize(kTestSegmentBytes + 1000);
  // The run that finds out dies at any operation: the next one must not take anything on trust.
  for (uint64_t n = 1; n < 100; ++n) {
    FakeDisk copy;
    for (const char* const path : {kPart, kJournal}) copy.put(path, disk.find(path)->bytes);
    copy.die_at(n);
    static_cast<void>(PartFile::open(copy, kTarget, source.identity, {}));
    const bool died = copy.failures() > 0;
    copy.reopen();
    const auto part = open(copy, source.identity);
    CHECK(part->notes().empty());
    CHECK(part->resumed_bytes() == kTestSegmentBytes);
    CHECK(copy.find(kPart)->bytes.size() == source.bytes.size());
    if (!died) return;
  }
  FAIL("it does not end");
}

TEST_CASE("a_part_with_a_damaged_journal_is_set_aside_under_the_lock") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  disk.find(kJournal)->bytes[20] ^= std::byte{1};
  int renames = 0;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    if (operation.name == "rename") {
      ++renames;
      CHECK(disk.find(kJournal)->locked);
    }
    return false;
  });
  check_is_set_aside(disk, source.identity, "does not match its check sum");
  CHECK(renames == 2);
}

TEST_CASE("what_was_set_aside_before_is_not_overwritten") {
  FakeDisk disk;
  const Source source = five_segments();
  disk.put("/d/file.part.old-1", Bytes(1));
  disk.put("/d/file.part.old-2.journal", Bytes(2));
  disk.put(kPart, Bytes(3));
  open(disk, source.identity);
  CHECK(disk.find("/d/file.part.old-1")->bytes.size() == 1);
  CHECK(disk.find("/d/file.part.old-2.journal")->bytes.size() == 2);
  CHECK(disk.find("/d/file.part.old-3")->bytes.size() == 3);
}

TEST_CASE("a_journal_without_a_part_is_cleared") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  REQUIRE(disk.remove(kPart));
  const auto part = open(disk, source.identity);
  CHECK(part->notes().empty());
  CHECK(part->missing().total_bytes() == source.bytes.size());
  CHECK(disk.names() == kBoth);
}

TEST_CASE("a_restart_removes_what_was_there") {
  FakeDisk disk;
  const Source source = five_segments();
  begin_download(disk, source);
  const auto part = open(disk, source.identity, {.restart = true});
  CHECK(part->missing().total_bytes() == source.bytes.size());
  CHECK(part->notes().empty());
  CHECK(disk.names() == kBoth);
  CHECK(disk.find(kPart)->bytes == Bytes(source.bytes.size()));
}

TEST_CASE("a_disk_without_room_leaves_neither_file") {
  for (const char* const full : {kPart, kJournal}) {
    CAPTURE(full);
    FakeDisk disk;
    disk.fail_if([full](const FakeDisk::Operation& operation) {
      return operation.name == "allocate" && operation.path == full;
    });
    const auto part = PartFile::open(disk, kTarget, five_segments().identity, {});
    REQUIRE_FALSE(part);
    CHECK(part.error().kind == ErrorKind::disk);
    CHECK(part.error().message.find("allocate") != std::string::npos);
    CHECK(disk.names().empty());
  }
}

TEST_CASE("an_identity_that_does_not_fit_is_refused_before_anything_is_reserved") {
  Identity too_long = five_segments().identity;
  too_long.url.assign(kHeaderBytes, 'u');
  Identity too_large = five_segments().identity;
  too_large.size_bytes = (uint64_t{256} << 40) + 1;
  for (const Identity& identity : {too_long, too_large}) {
    FakeDisk disk;
    bool reserved = false;
    disk.fail_if([&](const FakeDisk::Operation& operation) {
      // Failing keeps the memory of the machine that runs the test.
      reserved = reserved || operation.name == "allocate";
      return operation.name == "allocate";
    });
    const auto part = PartFile::open(disk, kTarget, identity, {});
    REQUIRE_FALSE(part);
    CHECK(part.error().kind == ErrorKind::usage);
    CHECK_FALSE(reserved);
    CHECK(disk.names().empty());
  }
}

TEST_CASE("an_abandoned_part_leaves_nothing") {
  FakeDisk disk;
  const auto part = open(disk, five_segments().identity);
  REQUIRE(part->abandon());
  CHECK(disk.names().empty());
}
