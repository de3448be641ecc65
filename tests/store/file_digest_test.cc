#include "store/file_digest.h"

#include <doctest/doctest.h>

#include "fake_disk.h"
#include "store/read_pieces.h"

using namespace ftpull;
using namespace ftpull::store;

TEST_CASE("the_digest_of_a_file_is_what_xxhsum_prints") {
  FakeDisk disk;
  disk.put("/d/empty", {});
  CHECK(xxh3_128_of_file(disk, "/d/empty") == "99aa06d3014798d86001c324468d497f");
  disk.put("/d/a", Bytes(1, std::byte{'a'}));
  CHECK(xxh3_128_of_file(disk, "/d/a") == "a96faf705af16834e6c632b61e964e1f");
}

TEST_CASE("a_file_that_cannot_be_read_has_no_digest") {
  FakeDisk disk;
  disk.put("/d/a", Bytes(10));
  CHECK_FALSE(xxh3_128_of_file(disk, "/d/missing"));
  for (uint64_t n = 1; n <= 3; ++n) {
    CAPTURE(n);
    disk.reopen();
    disk.fail_at(n);
    CHECK_FALSE(xxh3_128_of_file(disk, "/d/a"));
  }
}

TEST_CASE("pieces_follow_each_other_without_a_gap") {
  constexpr uint64_t kBytes = 700'000;
  FakeDisk disk;
  Bytes bytes(kBytes);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = std::byte(i % 251);
  disk.put("/d/a", bytes);
  const auto file = disk.open("/d/a", OpenMode::read);
  REQUIRE(file);
  Bytes read;
  REQUIRE(read_pieces(**file, {1, kBytes - 1}, [&](std::span<const std::byte> piece) {
    read.insert(read.end(), piece.begin(), piece.end());
  }));
  CHECK(read == Bytes(bytes.begin() + 1, bytes.end() - 1));
}

TEST_CASE("a_file_that_ends_before_the_range_is_an_error") {
  FakeDisk disk;
  disk.put("/d/a", Bytes(10));
  const auto file = disk.open("/d/a", OpenMode::read);
  REQUIRE(file);
  const auto ignore = [](std::span<const std::byte>) {};
  CHECK(read_pieces(**file, {0, 10}, ignore));
  CHECK_FALSE(read_pieces(**file, {0, 11}, ignore));
  CHECK_FALSE(read_pieces(**file, {20, 21}, ignore));
}
