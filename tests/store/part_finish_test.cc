// The end of a download: every byte in its place, under the final name.
#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "source.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kTarget = "/d/file";
constexpr const char* kPart = "/d/file.part";
const std::vector<std::string> kOnlyTarget{kTarget};

std::unique_ptr<PartFile> open(FakeDisk& disk, const Source& source, bool replace = false) {
  auto part = PartFile::open(disk, kTarget, source.identity, {.replace = replace});
  REQUIRE_MESSAGE(part, (part ? "" : describe(part.error())));
  return std::move(*part);
}

std::unique_ptr<PartFile> complete_part(FakeDisk& disk, const Source& source,
                                        bool replace = false) {
  auto part = open(disk, source, replace);
  REQUIRE(write_missing(*part, source));
  return part;
}

/// Cuts the file at random places, on segment boundaries as the picker does.
std::vector<Range> random_ranges(std::mt19937_64& random, uint64_t size) {
  std::vector<Range> ranges;
  for (uint64_t begin = 0; begin < size;) {
    const uint64_t segments = random() % 4 + 1;
    const uint64_t end = std::min(begin + segments * kTestSegmentBytes, size);
    ranges.push_back({begin, end});
    begin = end;
  }
  std::shuffle(ranges.begin(), ranges.end(), random);
  return ranges;
}

}  // namespace

TEST_CASE("random_ranges_in_random_order_give_the_right_file") {
  constexpr uint64_t kRuns = 20;
  for (uint64_t seed = 1; seed <= kRuns; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    FakeDisk disk;
    const Source source(random() % (12 * kTestSegmentBytes) + 1, seed);
    const auto part = open(disk, source);
    // All at once, a piece of a random one at a time.
    struct Fetch {
      std::unique_ptr<PartFile::Writer> writer;
      uint64_t at;
      uint64_t end;
    };
    std::vector<Fetch> fetches;
    for (const Range& range : random_ranges(random, source.bytes.size())) {
      auto writer = part->writer(range.begin);
      const uint64_t at = writer->wire_begin();
      fetches.push_back({std::move(writer), at, range.end});
    }
    while (!fetches.empty()) {
      const size_t which = random() % fetches.size();
      Fetch& fetch = fetches[which];
      const uint64_t end = std::min(fetch.at + random() % 150'000 + 1, fetch.end);
      REQUIRE(fetch.writer->write(source.range({fetch.at, end})));
      fetch.at = end;
      if (random() % 20 == 0) REQUIRE(check_seams(*part) == true);
      if (random() % 20 == 0) REQUIRE(part->checkpoint());
      if (end == fetch.end) fetches.erase(fetches.begin() + static_cast<ptrdiff_t>(which));
    }
    REQUIRE(check_seams(*part) == true);
    REQUIRE(part->finish(source.bytes.size(), std::nullopt));
    CHECK(disk.names() == kOnlyTarget);
    CHECK((disk.find(kTarget)->bytes == source.bytes));
  }
}

TEST_CASE("finish_flushes_the_data_names_the_file_and_flushes_the_folder_in_this_order") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = complete_part(disk, source);
  std::string steps;
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    steps += std::string(operation.name) + ' ';
    return false;
  });
  REQUIRE(part->finish(source.bytes.size(), 1'767'322));
  CHECK(steps ==
        "size still_named still_named sync_data set_mtime rename sync_folder info remove ");
}

TEST_CASE("the_file_has_the_time_it_had_on_the_server") {
  FakeDisk disk;
  const Source source = five_segments();
  REQUIRE(complete_part(disk, source)->finish(source.bytes.size(), 1'767'322));
  CHECK(disk.find(kTarget)->mtime == 1'767'322);
}

TEST_CASE("a_file_with_a_missing_segment_does_not_get_its_name") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {0, 4 * kTestSegmentBytes}));
  const auto refused = part->finish(source.bytes.size(), std::nullopt);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::corrupt);
  CHECK(refused.error().message.find("segment 4") != std::string::npos);
  CHECK(disk.find(kTarget) == nullptr);
}

TEST_CASE("a_file_of_another_size_does_not_get_its_name") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = complete_part(disk, source);
  for (const int off : {-1, 1}) {
    const auto refused = part->finish(source.bytes.size() + static_cast<uint64_t>(off), {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::corrupt);
  }
  CHECK(disk.find(kTarget) == nullptr);
}

TEST_CASE("a_file_whose_flush_failed_once_does_not_get_its_name") {
  FakeDisk disk;
  const Source source = five_segments();
  const auto part = complete_part(disk, source);
  disk.fail_if([&](const FakeDisk::Operation& operation) {
    return operation.name == "sync_data" && disk.failures() == 0;
  });
  // The kernel tells of a lost page once; the next flush succeeds.
  CHECK_FALSE(part->checkpoint());
  const auto refused = part->finish(source.bytes.size(), std::nullopt);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::disk);
  CHECK(disk.find(kTarget) == nullptr);
}

TEST_CASE("an_existing_target_is_kept_unless_it_may_be_replaced") {
  const Source source = five_segments();
  FakeDisk disk;
  disk.put(kTarget, Bytes(3));
  {
    const auto refused = complete_part(disk, source)->finish(source.bytes.size(), std::nullopt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::disk);
    CHECK(disk.find(kTarget)->bytes == Bytes(3));
    CHECK(disk.find(kPart) != nullptr);
  }
  const auto part = open(disk, source, true);
  CHECK(part->missing().empty());
  REQUIRE(part->finish(source.bytes.size(), std::nullopt));
  CHECK((disk.find(kTarget)->bytes == source.bytes));
}

TEST_CASE("a_file_of_unknown_size_is_as_long_as_what_came") {
  FakeDisk disk;
  Source source(5000);
  source.identity.size_bytes.reset();
  // An earlier run had more.
  REQUIRE(write_range(*open(disk, source), source, {0, 5000}));
  const auto part = open(disk, source);
  REQUIRE(write_range(*part, source, {0, 4000}));
  REQUIRE(part->finish(4000, std::nullopt));
  CHECK(disk.names() == kOnlyTarget);
  CHECK(disk.find(kTarget)->bytes == Bytes(source.bytes.begin(), source.bytes.begin() + 4000));
}

TEST_CASE("an_empty_file_of_known_size_is_complete_at_once") {
  FakeDisk disk;
  const Source source(0);
  const auto part = open(disk, source);
  CHECK(part->missing().empty());
  REQUIRE(part->finish(0, std::nullopt));
  CHECK(disk.names() == kOnlyTarget);
}

TEST_CASE("files_around_a_segment_boundary_are_whole") {
  constexpr uint64_t kSizes[] = {1, kTestSegmentBytes - 1, kTestSegmentBytes,
                                 kTestSegmentBytes + 1};
  for (const uint64_t size : kSizes) {
    CAPTURE(size);
    FakeDisk disk;
    const Source source(size);
    REQUIRE(complete_part(disk, source)->finish(size, std::nullopt));
    CHECK((disk.find(kTarget)->bytes == source.bytes));
  }
}
