#include "store/journal.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "fake_disk.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kPath = "/d/file.part.journal";
constexpr const char* kDataPath = "/d/file.part";
constexpr uint64_t kSegments = 5;

Header a_header(uint64_t segments = kSegments) {
  return {{"ftp://host/file", segments * kMinSegmentBytes - 1, "20260102030405"},
          kMinSegmentBytes,
          1'767'322};
}

std::unique_ptr<File> open_file(FakeDisk& disk, const char* path) {
  auto file = disk.open(path, OpenMode::create);
  REQUIRE(file);
  return std::move(*file);
}

std::unique_ptr<Journal> create(FakeDisk& disk, const Header& header = a_header()) {
  auto journal = Journal::create(open_file(disk, kPath), header, disk.boot_id());
  REQUIRE(journal);
  return std::move(*journal);
}

std::unique_ptr<Journal> load(FakeDisk& disk) {
  auto journal = Journal::load(open_file(disk, kPath));
  REQUIRE(journal);
  return std::move(*journal);
}

/// One character a segment: `#` durable, `+` finished, `.` neither.
std::string picture(const Journal& journal) {
  std::string text;
  for (uint64_t segment = 0; segment < journal.header().segments(); ++segment) {
    text += journal.durable(segment) ? '#' : journal.finished(segment) ? '+' : '.';
  }
  return text;
}

/// 0 durable, 2 finished, 3 with a tail in slot 7 that had 44 bytes at the checkpoint. The digests
/// are any numbers with room for the flags.
void fill(FakeDisk& disk) {
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->finish_segment(0, 100));
  REQUIRE(journal->write_tail(7, {3, 44, 108}));
  REQUIRE(journal->checkpoint(*data));
  REQUIRE(journal->finish_segment(2, 200));
  REQUIRE(journal->write_tail(7, {3, 55, 104}));
}

/// What must hold of a journal of fill() after any damage to `damaged`: a record is there as it was
/// written, or it is not there. Only a digest may be wrong, and only where it was damaged: it
/// proves itself against the data alone. In another boot the part file reads the data and finds
/// out.
bool invents_nothing(const Journal& journal, Range damaged) {
  for (uint64_t segment = 1; segment < kSegments; ++segment) {
    if (journal.durable(segment)) return false;
  }
  for (uint64_t segment = 0; segment < kSegments; ++segment) {
    const uint64_t place = journal.header().digests_offset() + 8 * segment;
    if (place < damaged.end && damaged.begin < place + 8) continue;
    if (journal.claimed(segment) || journal.begins_range(segment)) return false;
    if (journal.digest(segment) != (segment == 0 ? 100 : segment == 2 ? 200 : 0)) return false;
  }
  const auto as_written = [](const std::pair<uint64_t, Tail>& entry) {
    const auto& [slot, tail] = entry;
    const bool is_one =
        (tail.bytes == 55 && tail.digest == 104) || (tail.bytes == 44 && tail.digest == 108);
    return slot == 7 && tail.segment == 3 && is_one && !tail.begins_range;
  };
  return journal.tails().size() <= 2 && journal.seams().empty() &&
         std::all_of(journal.tails().begin(), journal.tails().end(), as_written);
}

}  // namespace

TEST_CASE("an_empty_journal_holds_its_header_and_nothing_else") {
  FakeDisk disk;
  create(disk);
  const auto journal = load(disk);
  CHECK(journal->header().identity == a_header().identity);
  CHECK(journal->boot_id() == "boot 1");
  CHECK(picture(*journal) == ".....");
  CHECK(journal->tails().empty());
  CHECK(disk.find(kPath)->bytes.size() == a_header().journal_bytes());
}

TEST_CASE("what_is_finished_is_still_finished_after_a_reload") {
  FakeDisk disk;
  fill(disk);
  const auto journal = load(disk);
  CHECK(picture(*journal) == "#.+..");
  CHECK(journal->digest(0) == 100);
  CHECK(journal->digest(2) == 200);
  REQUIRE(journal->tails().size() == 2);
  CHECK(journal->tails()[0].first == 7);
  CHECK(journal->tails()[0].second.bytes == 55);
  CHECK(journal->tails()[1].second.bytes == 44);
}

TEST_CASE("flags_come_back_as_they_were") {
  FakeDisk disk;
  Header header = a_header();
  header.has_claims = true;
  const auto journal = create(disk, header);
  REQUIRE(journal->finish_segment(1, 100, true));
  REQUIRE(journal->claim_segment(2, 200));
  REQUIRE(journal->write_tail(0, {3, 55, 300, true}));
  const auto again = load(disk);
  CHECK(picture(*again) == ".+...");
  CHECK(again->begins_range(1));
  CHECK_FALSE(again->begins_range(2));
  CHECK(again->claimed(2));
  CHECK(again->digest(1) == 100);
  CHECK(again->digest(2) == 200);
  CHECK(again->tails().at(0).second.begins_range);
}

TEST_CASE("a_flag_where_no_claim_was_made_is_garbage") {
  FakeDisk disk;
  fill(disk);
  disk.find(kPath)->bytes[a_header().digests_offset() + 16] |= std::byte{kClaimed};
  CHECK(load(disk)->digest(2) == 0);
  CHECK_FALSE(load(disk)->has_claims());
}

TEST_CASE("a_claimed_segment_is_finished_only_by_the_digest_it_had") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  Header header = a_header();
  header.has_claims = true;
  const auto journal = create(disk, header);
  REQUIRE(journal->finish_segment(2, 200));
  REQUIRE(journal->checkpoint(*data));
  REQUIRE(journal->claim_segment(2, 200));
  CHECK(picture(*load(disk)) == ".....");
  const auto other = journal->finish_segment(2, 204);
  REQUIRE_FALSE(other);
  CHECK(other.error().kind == ErrorKind::changed);
  CHECK(picture(*load(disk)) == ".....");
  REQUIRE(journal->finish_segment(2, 200));
  CHECK_FALSE(journal->claimed(2));
  CHECK(picture(*load(disk)) == "..+..");
}

TEST_CASE("the_last_segment_ends_where_the_file_does") {
  FakeDisk disk;
  const auto journal = create(disk);
  CHECK(journal->segment_range(0) == Range{0, kMinSegmentBytes});
  CHECK(journal->segment_range(4) == Range{4 * kMinSegmentBytes, 5 * kMinSegmentBytes - 1});
}

TEST_CASE("a_checkpoint_makes_durable_exactly_what_was_finished_before_its_flush") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->finish_segment(1, 104));
  REQUIRE(journal->finish_segment(4, 112));
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    // A segment that another thread finishes while the flush is under way.
    if (operation.name == "sync_data" && operation.path == kDataPath) {
      REQUIRE(journal->finish_segment(2, 108));
    }
    return false;
  });
  REQUIRE(journal->checkpoint(*data));
  CHECK(picture(*journal) == ".#+.#");
  CHECK(picture(*load(disk)) == ".#+.#");
}

TEST_CASE("a_checkpoint_flushes_data_and_records_before_the_bits_and_the_bits_after") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->finish_segment(1, 104));
  std::string steps;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    steps += operation.path == kDataPath ? "data " : "journal ";
    steps += std::string(operation.name) + "; ";
    return false;
  });
  REQUIRE(journal->checkpoint(*data));
  CHECK(steps ==
        "data sync_data; journal sync_data; journal write_at; journal write_at; "
        "journal sync_data; ");
}

TEST_CASE("a_checkpoint_makes_durable_how_far_unfinished_segments_were_before_its_flush") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->write_tail(7, {3, 55, 100}));
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    if (operation.name == "sync_data" && operation.path == kDataPath) {
      REQUIRE(journal->write_tail(7, {3, 66, 104}));
    }
    return false;
  });
  REQUIRE(journal->checkpoint(*data));
  const auto tails = load(disk)->tails();
  REQUIRE(tails.size() == 2);
  CHECK(tails[0].second.bytes == 66);
  CHECK(tails[1].second.bytes == 55);
}

TEST_CASE("a_torn_checkpoint_leaves_the_one_before") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->finish_segment(0, 100));
  REQUIRE(journal->write_tail(7, {3, 55, 100}));
  REQUIRE(journal->checkpoint(*data));
  const Bytes before = disk.find(kPath)->bytes;
  REQUIRE(journal->finish_segment(1, 100));
  REQUIRE(journal->write_tail(7, {3, 66, 104}));
  REQUIRE(journal->checkpoint(*data));
  Bytes& bytes = disk.find(kPath)->bytes;
  for (size_t place = kCheckpointsOffset; place < a_header().digests_offset(); ++place) {
    if (bytes[place] != before[place]) bytes[place] ^= std::byte{0x55};
  }
  const auto torn = load(disk);
  CHECK(picture(*torn) == "#+...");
  CHECK(torn->tails().back().second.bytes == 55);
}

TEST_CASE("a_journal_that_is_distrusted_calls_nothing_durable") {
  FakeDisk disk;
  fill(disk);
  REQUIRE(load(disk)->distrust());
  const auto journal = load(disk);
  CHECK(picture(*journal) == "+.+..");
}

TEST_CASE("a_checkpoint_with_nothing_to_do_does_nothing") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->finish_segment(1, 104));
  REQUIRE(journal->checkpoint(*data));
  const uint64_t before = disk.operations();
  REQUIRE(journal->checkpoint(*data));
  CHECK(disk.operations() == before);
}

TEST_CASE("durable_bits_of_several_pages_each_stand_in_their_own") {
  constexpr uint64_t kMany = 2 * kSegmentsPerPage + 10;
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk, a_header(kMany));
  const std::set<uint64_t> finished{
      0, 7, 8, kSegmentsPerPage - 1, kSegmentsPerPage, 2 * kSegmentsPerPage, kMany - 1};
  for (const uint64_t segment : finished) REQUIRE(journal->finish_segment(segment, 9));
  REQUIRE(journal->checkpoint(*data));
  const auto again = load(disk);
  for (uint64_t segment = 0; segment < kMany; ++segment) {
    REQUIRE(again->durable(segment) == finished.contains(segment));
  }
}

TEST_CASE("after_a_failed_flush_nothing_becomes_durable_any_more") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->finish_segment(1, 104));
  disk.fail_if([](const FakeDisk::Operation& operation) {
    return operation.name == "sync_data" && operation.path == kDataPath;
  });
  const auto failed = journal->checkpoint(*data);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::disk);
  disk.fail_if(nullptr);
  REQUIRE(journal->finish_segment(2, 108));
  CHECK(journal->checkpoint(*data));
  CHECK(picture(*load(disk)) == ".++..");
}

TEST_CASE("after_a_failed_flush_the_next_run_knows_of_it") {
  for (const char* const path : {kDataPath, kPath}) {
    CAPTURE(path);
    FakeDisk disk;
    const auto data = open_file(disk, kDataPath);
    const auto journal = create(disk);
    REQUIRE(journal->finish_segment(1, 104));
    disk.fail_if([path](const FakeDisk::Operation& operation) {
      return operation.name == "sync_data" && operation.path == path;
    });
    REQUIRE_FALSE(journal->checkpoint(*data));
    CHECK(load(disk)->flush_failed_before());
    CHECK(load(disk)->boot_id() != disk.boot_id());
  }
}

TEST_CASE("a_segment_whose_record_could_not_be_written_is_not_finished") {
  FakeDisk disk;
  const auto journal = create(disk);
  disk.fail_at(disk.operations() + 1);
  CHECK_FALSE(journal->finish_segment(1, 104));
  CHECK(picture(*journal) == ".....");
}

TEST_CASE("a_forgotten_segment_is_missing_after_a_reload_even_if_it_was_durable") {
  FakeDisk disk;
  fill(disk);
  const auto journal = load(disk);
  REQUIRE(journal->forget_segment(0));
  REQUIRE(journal->forget_segment(2));
  REQUIRE(journal->forget_tail(7));
  CHECK(picture(*journal) == ".....");
  CHECK(picture(*load(disk)) == ".....");
  CHECK(load(disk)->tails().empty());
}

TEST_CASE("tails_that_cannot_be_are_left_out") {
  FakeDisk disk;
  const auto journal = create(disk);
  REQUIRE(journal->write_tail(1, {kSegments, 55, 4}));            // no such segment
  REQUIRE(journal->write_tail(2, {2, kMinSegmentBytes, 4}));      // as long as the segment
  REQUIRE(journal->write_tail(3, {4, kMinSegmentBytes - 1, 4}));  // as long as the last one
  REQUIRE(journal->write_tail(kSlots - 1, {4, kMinSegmentBytes - 2, 4}));
  const auto again = load(disk);
  REQUIRE(again->tails().size() == 1);
  CHECK(again->tails()[0].first == kSlots - 1);
}

TEST_CASE("the_tail_of_a_finished_segment_is_left_out_when_that_is_durable") {
  FakeDisk disk;
  const auto data = open_file(disk, kDataPath);
  const auto journal = create(disk);
  REQUIRE(journal->write_tail(0, {1, 55, 4}));
  REQUIRE(journal->finish_segment(1, 104));
  CHECK(load(disk)->tails().size() == 1);
  REQUIRE(journal->checkpoint(*data));
  CHECK(load(disk)->tails().empty());
}

TEST_CASE("a_journal_whose_creation_fails_at_any_operation_is_never_taken_for_a_whole_one") {
  constexpr uint64_t kMost = 100;
  uint64_t n = 1;
  for (; n <= kMost; ++n) {
    CAPTURE(n);
    FakeDisk disk;
    auto file = open_file(disk, kPath);
    disk.tear_failing_writes(true);
    disk.die_at(disk.operations() + n);
    const auto journal = Journal::create(std::move(file), a_header(), "boot 1");
    if (disk.failures() == 0) break;
    REQUIRE_FALSE(journal);
    disk.reopen();
    const auto loaded = Journal::load(open_file(disk, kPath));
    REQUIRE_FALSE(loaded);
    REQUIRE(loaded.error().kind == ErrorKind::corrupt);
  }
  CHECK(n > 4);
  CHECK(n < kMost);
}

TEST_CASE("a_journal_cut_at_any_length_fails_with_corrupt") {
  FakeDisk disk;
  fill(disk);
  const Bytes whole = disk.find(kPath)->bytes;
  for (size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    disk.find(kPath)->bytes.assign(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(length));
    const auto loaded = Journal::load(open_file(disk, kPath));
    const bool refused = !loaded && loaded.error().kind == ErrorKind::corrupt;
    REQUIRE(refused);
  }
}

TEST_CASE("a_journal_that_is_zero_from_any_place_on_invents_nothing") {
  FakeDisk disk;
  fill(disk);
  Bytes& bytes = disk.find(kPath)->bytes;
  for (size_t place = bytes.size(); place-- > kHeaderBytes;) {
    CAPTURE(place);
    bytes[place] = std::byte{0};
    auto loaded = Journal::load(open_file(disk, kPath));
    const bool holds = loaded && invents_nothing(**loaded, {place, bytes.size()});
    REQUIRE(holds);
  }
}

TEST_CASE("a_journal_with_any_byte_flipped_invents_nothing") {
  FakeDisk disk;
  fill(disk);
  Bytes& bytes = disk.find(kPath)->bytes;
  for (size_t place = 0; place < bytes.size(); ++place) {
    CAPTURE(place);
    bytes[place] ^= std::byte{0x01};
    const auto loaded = Journal::load(open_file(disk, kPath));
    const bool holds = place < kHeaderBytes
                           ? !loaded && loaded.error().kind == ErrorKind::corrupt
                           : loaded && invents_nothing(**loaded, {place, place + 1});
    REQUIRE(holds);
    bytes[place] ^= std::byte{0x01};
  }
}

TEST_CASE("a_torn_bitmap_page_leaves_the_digests") {
  FakeDisk disk;
  fill(disk);
  disk.find(kPath)->bytes[a_header().page_offset(0, 0)] ^= std::byte{0x02};
  CHECK(picture(*load(disk)) == "+.+..");
}

TEST_CASE("an_operation_that_fails_makes_the_load_fail") {
  constexpr uint64_t kMost = 100;
  FakeDisk disk;
  fill(disk);
  uint64_t n = 1;
  for (; n <= kMost; ++n) {
    CAPTURE(n);
    disk.reopen();
    auto file = open_file(disk, kPath);
    disk.fail_at(disk.operations() + n);
    const auto loaded = Journal::load(std::move(file));
    if (disk.failures() == 0) break;
    REQUIRE_FALSE(loaded);
    REQUIRE(loaded.error().kind == ErrorKind::disk);
  }
  CHECK(n > 5);
  CHECK(n < kMost);
}

TEST_CASE("the_owner_is_named_and_cleaned") {
  FakeDisk disk;
  create(disk);
  const auto file = open_file(disk, kPath);
  CHECK(read_owner(*file).starts_with("process "));
  Bytes& bytes = disk.find(kPath)->bytes;
  bytes[kOwnerOffset + 1] = std::byte{0x1b};
  CHECK(read_owner(*file).find('\x1b') == std::string::npos);
  bytes[kOwnerOffset] = std::byte{0};
  CHECK(read_owner(*file) == "another process");
}
