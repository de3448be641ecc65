#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "cli/temp_folder.h"
#include "fake_disk.h"
#include "store/disk.h"

using namespace ftpull;
using namespace ftpull::store;
using ftpull::cli::TempFolder;

namespace {

namespace fs = std::filesystem;

Disk& disk = posix_disk();

std::unique_ptr<File> open(const fs::path& path, OpenMode mode) {
  auto file = disk.open(path, mode);
  REQUIRE_MESSAGE(file, (file ? "" : describe(file.error())));
  return std::move(*file);
}

struct stat stat_of(const fs::path& path) {
  struct stat st {};
  REQUIRE(lstat(path.c_str(), &st) == 0);
  return st;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Root may do everything; a test of permissions needs somebody else.
class Unprivileged {
 public:
  Unprivileged() {
    constexpr uid_t kNobody = 65534;
    if (was_ == 0) REQUIRE(seteuid(kNobody) == 0);
  }
  ~Unprivileged() {
    if (was_ == 0 && seteuid(was_) != 0) std::abort();
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  const uid_t was_ = geteuid();
};

}  // namespace

TEST_CASE("what_was_written_is_read_back_short_only_at_the_end") {
  const TempFolder folder;
  const auto file = open(folder / "f", OpenMode::create);
  const Bytes written{std::byte{1}, std::byte{2}, std::byte{3}};
  REQUIRE(file->write_at(written, 5));
  CHECK(file->size() == 8);
  Bytes read(3);
  CHECK(file->read_at(read, 5) == 3);
  CHECK(read == written);
  CHECK(file->read_at(read, 6) == 2);
  CHECK(file->read_at(read, 100) == 0);
  REQUIRE(file->sync_data());
}

TEST_CASE("a_symbolic_link_is_refused_in_every_mode_that_writes") {
  const TempFolder folder;
  folder.write("precious", "keep me");
  fs::create_symlink(folder / "precious", folder / "link");
  fs::create_symlink(folder / "nowhere", folder / "dangling");
  for (const auto mode : {OpenMode::update, OpenMode::create, OpenMode::create_public}) {
    for (const char* const name : {"link", "dangling"}) {
      const auto refused = disk.open(folder / name, mode);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().kind == ErrorKind::disk);
      CHECK(contains(refused.error().message, folder / name));
      CHECK(contains(refused.error().hint, "symbolic link"));
    }
  }
  CHECK(folder.read("precious") == "keep me");
  CHECK_FALSE(fs::exists(folder / "nowhere"));
  CHECK(disk.open(folder / "link", OpenMode::read));
}

TEST_CASE("a_missing_folder_is_named_with_what_to_do") {
  const TempFolder folder;
  const auto missing = disk.open(folder / "none/f", OpenMode::create);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::disk);
  CHECK(missing.error().message ==
        "cannot open " + (folder / "none/f") + ": No such file or directory");
  CHECK(contains(missing.error().hint, "Create the folder first"));
}

TEST_CASE("a_folder_without_permission_is_named_with_what_to_do") {
  const TempFolder folder;
  REQUIRE(chmod((folder / ".").c_str(), 0555) == 0);
  const Unprivileged somebody;
  const auto denied = disk.open(folder / "f", OpenMode::create);
  REQUIRE_FALSE(denied);
  CHECK(denied.error().kind == ErrorKind::disk);
  CHECK(denied.error().message == "cannot open " + (folder / "f") + ": Permission denied");
  CHECK(contains(denied.error().hint, "Check the permissions"));
}

TEST_CASE("control_characters_in_a_name_do_not_reach_the_message") {
  const TempFolder folder;
  const auto missing = disk.open(folder / "\x1b[31m/f", OpenMode::create);
  REQUIRE_FALSE(missing);
  CHECK_FALSE(contains(missing.error().message, "\x1b"));
}

TEST_CASE("modes_that_need_a_file_do_not_make_one") {
  const TempFolder folder;
  CHECK_FALSE(disk.open(folder / "f", OpenMode::read));
  CHECK_FALSE(disk.open(folder / "f", OpenMode::update));
  CHECK_FALSE(fs::exists(folder / "f"));
}

TEST_CASE("nobody_else_reads_what_create_makes") {
  const TempFolder folder;
  const mode_t before = umask(022);
  open(folder / "private", OpenMode::create);
  open(folder / "public", OpenMode::create_public);
  umask(before);
  CHECK((stat_of(folder / "private").st_mode & 0777) == 0600);
  CHECK((stat_of(folder / "public").st_mode & 0777) == 0644);
}

TEST_CASE("a_lock_keeps_out_every_other_open_file_until_it_is_closed") {
  const TempFolder folder;
  auto first = open(folder / "f", OpenMode::create);
  const auto second = open(folder / "f", OpenMode::create);
  CHECK(first->try_lock() == true);
  CHECK(second->try_lock() == false);
  first.reset();
  CHECK(second->try_lock() == true);
}

TEST_CASE("a_file_knows_when_its_name_was_taken_by_another") {
  const TempFolder folder;
  const auto file = open(folder / "f", OpenMode::create);
  CHECK(file->still_named() == true);
  REQUIRE(disk.remove(folder / "f"));
  CHECK(file->still_named() == false);
  folder.write("f", "another");
  CHECK(file->still_named() == false);
}

TEST_CASE("allocate_reserves_blocks_where_the_file_system_can") {
  constexpr uint64_t kBytes = 1 << 20;
  const TempFolder folder;
  const auto file = open(folder / "f", OpenMode::create);
  REQUIRE(file->allocate(kBytes));
  CHECK(file->size() == kBytes);
  const auto blocks = static_cast<uint64_t>(stat_of(folder / "f").st_blocks) * 512;
  if (blocks == 0) {
    MESSAGE("this file system does not reserve blocks");
  } else {
    CHECK(blocks >= kBytes);
  }
  Bytes zeros(16, std::byte{1});
  CHECK(file->read_at(zeros, kBytes - 16) == 16);
  CHECK(zeros == Bytes(16));
}

TEST_CASE("allocating_nothing_makes_an_empty_file") {
  const TempFolder folder;
  folder.write("f", "abc");
  const auto file = open(folder / "f", OpenMode::update);
  REQUIRE(file->allocate(0));
  CHECK(file->size() == 0);
}

TEST_CASE("more_than_any_file_system_has_cannot_be_allocated") {
  const TempFolder folder;
  const auto file = open(folder / "f", OpenMode::create);
  const auto refused = file->allocate(uint64_t{1} << 62);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::disk);
  CHECK(contains(refused.error().message, "reserve 4611686018427387904 bytes for"));
  CHECK_FALSE(refused.error().hint.empty());
}

TEST_CASE("the_time_of_a_file_can_be_set") {
  const TempFolder folder;
  const auto file = open(folder / "f", OpenMode::create);
  REQUIRE(file->set_mtime(1'767'322));
  const auto info = disk.info(folder / "f");
  REQUIRE(info);
  REQUIRE(info->has_value());
  CHECK((*info)->mtime == 1'767'322);
}

TEST_CASE("info_tells_files_folders_links_and_nothing_apart") {
  const TempFolder folder;
  folder.write("f", "abc");
  fs::create_symlink("nowhere", folder / "dangling");
  fs::create_symlink("f", folder / "link");
  const auto file = disk.info(folder / "f");
  CHECK((file && *file && (*file)->is_regular && (*file)->size_bytes == 3));
  const auto link = disk.info(folder / "link");
  CHECK((link && *link && (*link)->is_regular && (*link)->size_bytes == 3));
  const auto dangling = disk.info(folder / "dangling");
  CHECK((dangling && *dangling && !(*dangling)->is_regular && !(*dangling)->is_folder));
  const auto itself = disk.info(folder / ".");
  CHECK((itself && *itself && (*itself)->is_folder));
  const auto nothing = disk.info(folder / "nothing");
  CHECK((nothing && !*nothing));
  CHECK_FALSE(disk.info(folder / "f/below"));
}

TEST_CASE("a_rename_replaces_only_when_it_may") {
  const TempFolder folder;
  folder.write("from", "new");
  folder.write("to", "old");
  const auto refused = disk.rename(folder / "from", folder / "to", false);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::disk);
  CHECK(contains(refused.error().message, "File exists"));
  CHECK(folder.read("to") == "old");
  CHECK(folder.read("from") == "new");
  REQUIRE(disk.rename(folder / "from", folder / "to", true));
  CHECK(folder.read("to") == "new");
  CHECK_FALSE(fs::exists(folder / "from"));
  REQUIRE(disk.rename(folder / "to", folder / "elsewhere", false));
  CHECK(folder.read("elsewhere") == "new");
}

TEST_CASE("removing_what_is_not_there_is_no_error") {
  const TempFolder folder;
  folder.write("f", "");
  CHECK(disk.remove(folder / "f"));
  CHECK_FALSE(fs::exists(folder / "f"));
  CHECK(disk.remove(folder / "f"));
  CHECK_FALSE(disk.remove(folder / "."));
}

TEST_CASE("a_folder_is_flushed_also_when_it_has_no_name") {
  const TempFolder folder;
  CHECK(disk.sync_folder(folder / "."));
  CHECK(disk.sync_folder({}));
  CHECK_FALSE(disk.sync_folder(folder / "nothing"));
}

TEST_CASE("the_boot_has_an_id_that_stays") {
  CHECK(disk.boot_id() == disk.boot_id());
  if (fs::exists("/proc/sys/kernel/random/boot_id")) CHECK(disk.boot_id().size() == 36);
}
