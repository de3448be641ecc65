#include "sim_disk.h"

#include <array>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::sim;

TEST_CASE("a_coverage_counts_what_is_added_twice") {
  Coverage coverage;
  CHECK(coverage.add({10, 20}) == 0);
  CHECK(coverage.add({20, 30}) == 0);
  CHECK(coverage.add({40, 50}) == 0);
  CHECK(coverage.add({0, 10}) == 0);
  CHECK(coverage.add({25, 45}) == 10);
  CHECK(coverage.total_bytes() == 50);
  CHECK(coverage.contains({0, 50}));
  CHECK_FALSE(coverage.contains({49, 51}));
  CHECK(coverage.add({0, 60}) == 50);
}

TEST_CASE("a_part_counts_and_keeps_its_bounds") {
  SimDisk disk;
  const auto part = *disk.open("/d/f.part", store::OpenMode::create);
  REQUIRE(part->allocate(100));
  const std::array<std::byte, 60> bytes{};
  CHECK(part->write_at(bytes, 40));
  CHECK_FALSE(part->write_at(bytes, 41));
  CHECK(part->write_at(bytes, 30));
  CHECK(disk.written_bytes("/d/f.part") == 70);
  CHECK(disk.written_twice_bytes() == 50);
  std::array<std::byte, 10> read{};
  CHECK(part->read_at(read, 95) == 5);
  CHECK_FALSE(part->read_at(read, 25));
}

TEST_CASE("other_files_keep_their_bytes") {
  SimDisk disk;
  const auto journal = *disk.open("/d/f.part.journal", store::OpenMode::create);
  const std::array bytes{std::byte{1}, std::byte{2}, std::byte{3}};
  REQUIRE(journal->write_at(bytes, 2));
  std::array<std::byte, 8> read{};
  CHECK(journal->read_at(read, 1) == 4);
  CHECK(read[3] == std::byte{3});
  CHECK(*journal->try_lock());
  CHECK_FALSE(*(*disk.open("/d/f.part.journal", store::OpenMode::update))->try_lock());
}
