#include "crash_disk.h"

#include <algorithm>
#include <functional>
#include <set>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::crash;
using store::OpenMode;

namespace {

constexpr uint64_t kSeeds = 300;
constexpr uint64_t kSector = CrashDisk::kSectorBytes;

Bytes filled(size_t size_bytes, char with) {
  return Bytes(size_bytes, static_cast<std::byte>(with));
}

std::unique_ptr<store::File> open(CrashDisk& disk, const char* path) {
  auto file = disk.open(path, OpenMode::create);
  REQUIRE(file);
  return std::move(*file);
}

/// A file with ten flushed sectors of 'a' and a flushed name.
std::unique_ptr<store::File> flushed_file(CrashDisk& disk) {
  auto file = open(disk, "/d/file");
  REQUIRE(file->write_at(filled(10 * kSector, 'a'), 0));
  REQUIRE(file->sync_data());
  REQUIRE(disk.sync_folder("/d"));
  return file;
}

/// What is there after a power cut, for each of many seeds.
std::set<Bytes> outcomes(const std::function<void(CrashDisk&, store::File&)>& change,
                         Garbage garbage = Garbage::own_bytes) {
  std::set<Bytes> found;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    CrashDisk disk;
    const auto file = flushed_file(disk);
    change(disk, *file);
    disk.reboot(seed, "boot 2", garbage);
    const Bytes* const bytes = disk.contents("/d/file");
    REQUIRE(bytes != nullptr);
    found.insert(*bytes);
  }
  return found;
}

/// The names that are there after a power cut, for each of many seeds.
std::set<std::vector<std::string>> names_after(const std::function<void(CrashDisk&)>& change) {
  std::set<std::vector<std::string>> found;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    CrashDisk disk;
    change(disk);
    disk.reboot(seed, "boot 2");
    found.insert(disk.names());
  }
  return found;
}

bool is_garbage(std::byte byte) {
  return byte != std::byte{'a'} && byte != std::byte{'b'};
}

}  // namespace

TEST_CASE("what_was_flushed_survives_every_power_cut") {
  const auto found = outcomes([](CrashDisk&, store::File& file) {
    REQUIRE(file.write_at(filled(3 * kSector, 'b'), kSector));
    REQUIRE(file.truncate(20 * kSector));
    REQUIRE(file.sync_data());
  });
  Bytes expected = filled(10 * kSector, 'a');
  std::fill_n(expected.begin() + kSector, 3 * kSector, std::byte{'b'});
  expected.resize(20 * kSector);
  CHECK((found == std::set<Bytes>{expected}));
}

TEST_CASE("a_write_without_a_flush_is_kept_or_lost_or_torn_or_becomes_garbage") {
  const auto found = outcomes([](CrashDisk&, store::File& file) {
    REQUIRE(file.write_at(filled(4 * kSector, 'b'), 2 * kSector));
  });
  Bytes whole = filled(10 * kSector, 'a');
  CHECK(found.contains(whole));
  std::fill_n(whole.begin() + 2 * kSector, 4 * kSector, std::byte{'b'});
  CHECK(found.contains(whole));
  bool later_sector_only = false;
  bool garbage = false;
  for (const Bytes& bytes : found) {
    later_sector_only = later_sector_only || (bytes[2 * kSector] == std::byte{'a'} &&
                                              bytes[5 * kSector] == std::byte{'b'});
    garbage = garbage || std::any_of(bytes.begin(), bytes.end(), is_garbage);
  }
  CHECK(later_sector_only);
  CHECK(garbage);
}

TEST_CASE("a_torn_write_is_torn_at_sectors_of_the_file") {
  const auto found = outcomes([](CrashDisk&, store::File& file) {
    REQUIRE(file.write_at(filled(2 * kSector, 'b'), 2 * kSector + 100));
  });
  for (const Bytes& bytes : found) {
    const auto whole = [&](size_t from, size_t to) {
      return std::all_of(&bytes[from], &bytes[to],
                         [&](std::byte byte) { return byte == bytes[from]; });
    };
    if (std::any_of(bytes.begin(), bytes.end(), is_garbage)) continue;
    CHECK(whole(2 * kSector + 100, 3 * kSector));
    CHECK(whole(3 * kSector, 4 * kSector));
    CHECK(whole(4 * kSector, 4 * kSector + 100));
  }
}

TEST_CASE("only_the_bytes_of_a_write_are_in_danger_unless_garbage_fills_sectors") {
  for (const Garbage garbage : {Garbage::own_bytes, Garbage::whole_sectors}) {
    const auto found = outcomes(
        [](CrashDisk&, store::File& file) {
          REQUIRE(file.write_at(filled(10, 'b'), 2 * kSector + 100));
        },
        garbage);
    bool neighbours_hurt = false;
    for (const Bytes& bytes : found) {
      const auto safe = [&](size_t from, size_t to) {
        return std::all_of(&bytes[from], &bytes[to],
                           [](std::byte byte) { return byte == std::byte{'a'}; });
      };
      CHECK(bytes.size() == 10 * kSector);
      CHECK(safe(0, 2 * kSector));
      CHECK(safe(3 * kSector, 10 * kSector - 1));
      neighbours_hurt = neighbours_hurt || !safe(2 * kSector, 2 * kSector + 100);
    }
    CHECK(neighbours_hurt == (garbage == Garbage::whole_sectors));
  }
}

TEST_CASE("of_two_writes_to_one_place_any_may_be_what_stays") {
  std::set<std::byte> found;
  for (const Bytes& bytes : outcomes([](CrashDisk&, store::File& file) {
         REQUIRE(file.write_at(filled(1, 'b'), 0));
         REQUIRE(file.write_at(filled(1, 'c'), 0));
       })) {
    found.insert(bytes[0]);
  }
  for (const char byte : {'a', 'b', 'c'}) CHECK(found.contains(static_cast<std::byte>(byte)));
}

TEST_CASE("a_length_that_was_not_flushed_is_kept_or_lost") {
  std::set<size_t> sizes;
  for (const Bytes& bytes : outcomes([](CrashDisk&, store::File& file) {
         REQUIRE(file.truncate(0));
         REQUIRE(file.allocate(50));
       })) {
    sizes.insert(bytes.size());
  }
  CHECK(sizes == std::set<size_t>{0, 50, 10 * kSector});
}

TEST_CASE("a_write_that_is_kept_brings_its_length") {
  for (const Bytes& bytes : outcomes([](CrashDisk&, store::File& file) {
         REQUIRE(file.write_at(filled(kSector, 'b'), 20 * kSector));
       })) {
    const bool longer = bytes.size() == 21 * kSector;
    CHECK((longer || bytes.size() == 10 * kSector));
    if (longer) CHECK(bytes[15 * kSector] == std::byte{0});
  }
}

TEST_CASE("a_time_is_not_made_durable_by_a_flush_of_the_data") {
  std::set<std::time_t> times;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    CrashDisk disk;
    const auto file = flushed_file(disk);
    REQUIRE(file->set_mtime(7));
    REQUIRE(file->sync_data());
    CHECK(disk.mtime("/d/file") == 7);
    disk.reboot(seed, "boot 2");
    times.insert(*disk.mtime("/d/file"));
  }
  CHECK(times == std::set<std::time_t>{0, 7});
}

TEST_CASE("a_flush_of_the_data_does_not_keep_the_name") {
  const auto found = names_after([](CrashDisk& disk) {
    const auto file = open(disk, "/d/file");
    REQUIRE(file->write_at(filled(10, 'a'), 0));
    REQUIRE(file->sync_data());
  });
  CHECK(found == std::set<std::vector<std::string>>{{}, {"/d/file"}});
}

TEST_CASE("a_flush_of_the_folder_does_not_keep_the_data") {
  std::set<Bytes> found;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    CrashDisk disk;
    const auto file = open(disk, "/d/file");
    REQUIRE(file->write_at(filled(10, 'a'), 0));
    REQUIRE(disk.sync_folder("/d"));
    disk.reboot(seed, "boot 2");
    REQUIRE(disk.contents("/d/file") != nullptr);
    found.insert(*disk.contents("/d/file"));
  }
  CHECK(found.contains(Bytes{}));
  CHECK(found.contains(filled(10, 'a')));
}

TEST_CASE("names_that_were_not_flushed_are_kept_up_to_a_point") {
  const auto found = names_after([](CrashDisk& disk) {
    open(disk, "/d/a");
    open(disk, "/d/b");
    REQUIRE(disk.rename("/d/a", "/d/c", false));
    REQUIRE(disk.remove("/d/b"));
  });
  CHECK(found == std::set<std::vector<std::string>>{
                     {}, {"/d/a"}, {"/d/a", "/d/b"}, {"/d/b", "/d/c"}, {"/d/c"}});
}

TEST_CASE("folders_lose_their_names_independently_of_each_other") {
  const auto found = names_after([](CrashDisk& disk) {
    open(disk, "/d/a");
    open(disk, "/e/b");
    open(disk, "/f/c");
    REQUIRE(disk.sync_folder("/f"));
  });
  CHECK(found == std::set<std::vector<std::string>>{
                     {"/f/c"}, {"/d/a", "/f/c"}, {"/e/b", "/f/c"}, {"/d/a", "/e/b", "/f/c"}});
}

TEST_CASE("a_rename_without_a_flush_of_the_folder_leaves_the_old_file_or_the_new_one") {
  std::set<Bytes> found;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    CrashDisk disk;
    const auto file = flushed_file(disk);
    disk.put("/d/old", filled(5, 'o'));
    REQUIRE(disk.rename("/d/file", "/d/old", true));
    disk.reboot(seed, "boot 2");
    found.insert(*disk.contents("/d/old"));
    CHECK((disk.contents("/d/file") == nullptr) == (disk.contents("/d/old")->size() > 5));
  }
  CHECK((found == std::set<Bytes>{filled(5, 'o'), filled(10 * kSector, 'a')}));
}

TEST_CASE("a_kill_loses_nothing_but_the_locks") {
  CrashDisk disk;
  const auto file = flushed_file(disk);
  REQUIRE(file->write_at(filled(kSector, 'b'), 0));
  CHECK(file->try_lock() == true);
  CHECK(open(disk, "/d/file")->try_lock() == false);
  disk.kill();
  CHECK(disk.boot_id() == "boot 1");
  CHECK((*disk.contents("/d/file"))[0] == std::byte{'b'});
  CHECK(open(disk, "/d/file")->try_lock() == true);
}

TEST_CASE("what_a_killed_process_wrote_can_still_be_lost_with_the_power") {
  const auto found = outcomes([](CrashDisk& disk, store::File& file) {
    REQUIRE(file.write_at(filled(kSector, 'b'), 0));
    disk.kill();
  });
  CHECK(found.contains(filled(10 * kSector, 'a')));
}

TEST_CASE("the_files_of_a_dead_process_do_nothing_any_more") {
  CrashDisk disk;
  const auto file = flushed_file(disk);
  disk.kill();
  CHECK_FALSE(file->write_at(filled(1, 'b'), 0));
  CHECK_FALSE(file->size());
  CHECK((*disk.contents("/d/file") == filled(10 * kSector, 'a')));
}

TEST_CASE("nothing_works_after_the_last_operation_until_the_next_process") {
  CrashDisk disk;
  const auto file = flushed_file(disk);
  disk.crash_after(1);
  CHECK(file->write_at(filled(1, 'b'), 0));
  CHECK(file->size());
  CHECK_FALSE(disk.crashed());
  CHECK_FALSE(file->write_at(filled(1, 'c'), 0));
  CHECK(disk.crashed());
  CHECK_FALSE(file->size());
  CHECK_FALSE(disk.info("/d/file"));
  CHECK_FALSE(disk.open("/d/other", OpenMode::create));
  disk.kill();
  CHECK((*disk.contents("/d/file"))[0] == std::byte{'b'});
  CHECK(disk.info("/d/file"));
}

TEST_CASE("a_crash_within_a_write_brings_its_first_pages_once") {
  constexpr uint64_t kPage = CrashDisk::kPageBytes;
  CrashDisk disk;
  const auto file = flushed_file(disk);
  disk.crash_after(0, true);
  CHECK_FALSE(file->write_at(filled(2 * kPage, 'b'), 100));
  CHECK_FALSE(file->write_at(filled(2 * kPage, 'c'), 100));
  Bytes expected = filled(10 * kSector, 'a');
  std::fill(expected.begin() + 100, expected.begin() + kPage, std::byte{'b'});
  CHECK((*disk.contents("/d/file") == expected));
}

TEST_CASE("a_crash_within_a_write_inside_a_page_brings_nothing") {
  CrashDisk disk;
  const auto file = flushed_file(disk);
  disk.crash_after(0, true);
  CHECK_FALSE(file->write_at(filled(1000, 'b'), 100));
  CHECK((*disk.contents("/d/file") == filled(10 * kSector, 'a')));
}

TEST_CASE("the_same_seed_makes_the_same_power_cut") {
  const auto cut = [](uint64_t seed) {
    CrashDisk disk;
    const auto file = flushed_file(disk);
    for (uint64_t i = 0; i < 10; ++i) {
      REQUIRE(file->write_at(filled(kSector, static_cast<char>('b' + i)), i * 300));
    }
    disk.reboot(seed, "boot 2");
    return *disk.contents("/d/file");
  };
  for (uint64_t seed = 0; seed < 20; ++seed) CHECK((cut(seed) == cut(seed)));
}
