#include "transfer/local_target.h"

#include <fstream>

#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using fake::Folder;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kTime = 1577934245;

void write(const fs::path& path, const std::string& content, int64_t mtime = kTime) {
  std::ofstream(path) << content;
  auto file = store::posix_disk().open(path, store::OpenMode::update);
  REQUIRE(file);
  REQUIRE((*file)->set_mtime(mtime));
}

ftp::FileFacts facts(std::optional<uint64_t> size, bool timed = true) {
  ftp::FileFacts facts;
  facts.size_bytes = size;
  if (timed) facts.mdtm = ftp::Mdtm{"20200102030405", kTime};
  return facts;
}

Result<TargetState> check(const fs::path& path, const ftp::FileFacts& of, bool restart = false,
                          OnChange on_change = OnChange::stop) {
  return check_target(store::posix_disk(), path, of, restart, on_change);
}

void check_refused(const Result<TargetState>& state, const std::string& words) {
  REQUIRE_FALSE(state);
  CHECK(state.error().kind == ErrorKind::usage);
  CHECK_MESSAGE(state.error().message.find(words) != std::string::npos, state.error().message);
  CHECK_FALSE(state.error().hint.empty());
}

}  // namespace

TEST_CASE("a_name_that_nothing_has_is_free") {
  const Folder folder;
  CHECK(check(folder / "f", facts(4)) == TargetState::free);
  CHECK(check(folder / "f", facts({})) == TargetState::free);
}

TEST_CASE("the_same_size_and_time_is_the_same_file") {
  const Folder folder;
  write(folder / "f", "1234");
  CHECK(check(folder / "f", facts(4)) == TargetState::already_there);
}

TEST_CASE("a_file_that_differs_or_may_differ_is_not_overwritten") {
  const Folder folder;
  write(folder / "f", "1234");
  check_refused(check(folder / "f", facts(5)), "with 4 bytes instead of 5");
  check_refused(check(folder / "f", facts({})), "does not tell the remote file's size");
  check_refused(check(folder / "f", facts(4, false)), "does not tell the remote file's time");
  write(folder / "g", "1234", kTime + 1);
  check_refused(check(folder / "g", facts(4)), "another time");
}

TEST_CASE("with_restart_any_file_may_be_replaced") {
  const Folder folder;
  write(folder / "f", "1234");
  CHECK(check(folder / "f", facts(5), true) == TargetState::replaceable);
  CHECK(check(folder / "f", facts(4), true) == TargetState::replaceable);
}

TEST_CASE("a_file_that_has_changed_may_be_replaced_or_continued_when_the_user_said_so") {
  const Folder folder;
  write(folder / "f", "1234");
  CHECK(check(folder / "f", facts(3), false, OnChange::refetch) == TargetState::replaceable);
  CHECK(check(folder / "f", facts(4), false, OnChange::refetch) == TargetState::already_there);
  CHECK(check(folder / "f", facts(5), false, OnChange::append) == TargetState::grown);
  CHECK(check(folder / "f", facts(4), false, OnChange::append) == TargetState::already_there);
  check_refused(check(folder / "f", facts(3), false, OnChange::append), "with 4 bytes instead of");
}

TEST_CASE("folders_and_devices_are_never_replaced") {
  const Folder folder;
  fs::create_directory(folder / "d");
  check_refused(check(folder / "d", facts(4), true), "is a folder");
  check_refused(check("/dev/null", facts(4), true), "is not a file");
  fs::create_symlink(folder / "nowhere", folder / "link");
  check_refused(check(folder / "link", facts(4), true), "is not a file");
}

TEST_CASE("a_folder_that_cannot_be_looked_into_is_a_disk_error") {
  const Folder folder;
  write(folder / "f", "1234");
  const auto state = check(folder / "f/below", facts(4));
  REQUIRE_FALSE(state);
  CHECK(state.error().kind == ErrorKind::disk);
}
