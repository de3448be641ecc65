#include "store/staging.h"

#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "cli/temp_folder.h"

using namespace ftpull;
using namespace ftpull::store;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kTime = 1'700'000'000;

Status write(StagedFile& file, const std::string& text) {
  return file.write(std::as_bytes(std::span(text)));
}

/// A tree that is mirrored into, by one run after the other.
struct World {
  std::unique_ptr<Staging> begin_run() {
    auto staging = Staging::open(*tree, true);
    REQUIRE(staging);
    return std::move(*staging);
  }

  Staging::Complete complete(Staging& staging, const std::string& path, const std::string& text) {
    Staging::Complete one{staging.begin(), path, kTime, 0640};
    REQUIRE(write(*one.file, text));
    return one;
  }

  fs::path at(const std::string& path) const { return fs::path(folder / path); }
  fs::path staged(const std::string& name) const { return at(Staging::kFolder) / name; }

  cli::TempFolder folder;
  std::unique_ptr<LocalTree> tree = *LocalTree::open(fs::path(folder / ""));
};

}  // namespace

TEST_CASE("a_file_gets_its_name_when_it_is_published") {
  World world;
  const auto staging = world.begin_run();
  auto one = world.complete(*staging, "a", "one");
  CHECK_FALSE(fs::exists(world.at("a")));
  REQUIRE(staging->seal({&one}));
  CHECK_FALSE(fs::exists(world.at("a")));
  REQUIRE(staging->publish({&one}));
  CHECK_FALSE(one.error);
  CHECK(world.folder.read("a") == "one");
  struct stat st {};
  REQUIRE(stat(world.at("a").c_str(), &st) == 0);
  CHECK(st.st_mtime == kTime);
  CHECK((st.st_mode & 07777) == 0640);
  REQUIRE(staging->close());
  CHECK_FALSE(fs::exists(world.at(Staging::kFolder)));
}

TEST_CASE("a_staged_file_knows_its_size_and_digest") {
  World world;
  const auto staging = world.begin_run();
  const auto file = staging->begin();
  REQUIRE(write(*file, "ab"));
  REQUIRE(write(*file, "c"));
  CHECK(file->size_bytes() == 3);
  const XXH128_hash_t wanted = XXH3_128bits("abc", 3);
  char text[33];
  snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(wanted.high64),
           static_cast<unsigned long long>(wanted.low64));
  CHECK(file->xxh3_128() == text);
}

TEST_CASE("an_empty_file_is_a_file_too") {
  World world;
  const auto staging = world.begin_run();
  Staging::Complete one{staging->begin(), "a", kTime, std::nullopt};
  REQUIRE(staging->seal({&one}));
  REQUIRE(staging->publish({&one}));
  CHECK(fs::file_size(world.at("a")) == 0);
}

TEST_CASE("a_published_file_takes_the_place_of_what_is_there") {
  World world;
  world.folder.write("a", "old");
  const auto staging = world.begin_run();
  auto one = world.complete(*staging, "a", "new");
  REQUIRE(staging->seal({&one}));
  REQUIRE(staging->publish({&one}));
  CHECK(world.folder.read("a") == "new");
}

TEST_CASE("one_that_cannot_get_its_name_keeps_no_other_from_its_own") {
  World world;
  fs::create_directory(world.at("a"));
  world.folder.write("a/stands in the way", "");
  const auto staging = world.begin_run();
  auto one = world.complete(*staging, "a", "one");
  auto two = world.complete(*staging, "missing/b", "two");
  auto three = world.complete(*staging, "c", "three");
  REQUIRE(staging->seal({&one, &two, &three}));
  REQUIRE(staging->publish({&one, &two, &three}));
  CHECK(one.error);
  CHECK(two.error);
  CHECK_FALSE(three.error);
  CHECK(world.folder.read("c") == "three");
  REQUIRE(staging->close());
}

TEST_CASE("what_was_sealed_when_a_run_was_killed_gets_its_name_in_the_next") {
  World world;
  {
    const auto staging = world.begin_run();
    auto one = world.complete(*staging, "sub dir/a b", "one");
    auto two = world.complete(*staging, "b", "two");
    REQUIRE(staging->seal({&one, &two}));
    auto under_way = staging->begin();
    REQUIRE(write(*under_way, "half"));
  }
  fs::create_directory(world.at("sub dir"));
  const auto staging = world.begin_run();
  CHECK(staging->recover() == 2);
  CHECK(world.folder.read("sub dir/a b") == "one");
  CHECK(world.folder.read("b") == "two");
  struct stat st {};
  REQUIRE(stat(world.at("b").c_str(), &st) == 0);
  CHECK(st.st_mtime == kTime);
  CHECK((st.st_mode & 07777) == 0640);
  CHECK(fs::file_size(world.staged("index")) == 0);
  REQUIRE(staging->close());
}

TEST_CASE("what_is_not_what_the_index_says_gets_no_name") {
  World world;
  const auto spoil = [&](const char* how, const std::string& name) {
    const std::string file = std::string(Staging::kFolder) + "/" + name;
    if (std::string_view(how) == "other bytes") world.folder.write(file, "xxx");
    if (std::string_view(how) == "another size") world.folder.write(file, "xxxx");
    if (std::string_view(how) == "gone") fs::remove(world.at(file));
    if (std::string_view(how) == "a link") {
      fs::remove(world.at(file));
      fs::create_symlink("/etc/passwd", world.at(file));
    }
  };
  for (const char* how : {"other bytes", "another size", "gone", "a link"}) {
    CAPTURE(how);
    {
      const auto staging = world.begin_run();
      auto one = world.complete(*staging, "a", "one");
      auto two = world.complete(*staging, "b", "two");
      REQUIRE(staging->seal({&one, &two}));
      spoil(how, std::to_string(one.file->number()));
    }
    const auto staging = world.begin_run();
    CHECK(staging->recover() == 1);
    CHECK_FALSE(fs::exists(world.at("a")));
    CHECK(world.folder.read("b") == "two");
    REQUIRE(staging->close());
    fs::remove(world.at("b"));
  }
}

TEST_CASE("an_index_of_any_bytes_does_no_harm") {
  World world;
  world.folder.write("mine", "mine");
  const std::string digest(32, '0');
  for (const std::string& index :
       {std::string("\n\n\n"), std::string("1 3"), std::string(1000, 'x') + "\n",
        "1 3 - - " + digest + " ../outside\n", "1 3 - - " + digest + " /etc/x\n",
        "99999999999999999999 3 - - " + digest + " a\n", "-1 3 - - " + digest + " a\n",
        "1 3 - - " + digest + " mine\n", std::string("\0\xff\n", 3)}) {
    CAPTURE(index);
    { const auto staging = world.begin_run(); }
    world.folder.write(std::string(Staging::kFolder) + "/1", "one");
    world.folder.write(std::string(Staging::kFolder) + "/index", index);
    const auto staging = world.begin_run();
    CHECK(staging->recover() == 0);
    CHECK(world.folder.read("mine") == "mine");
    CHECK_FALSE(fs::exists(world.staged("1")));
    REQUIRE(staging->close());
  }
}

TEST_CASE("the_last_line_may_be_torn") {
  World world;
  {
    const auto staging = world.begin_run();
    auto one = world.complete(*staging, "a", "one");
    auto two = world.complete(*staging, "b", "two");
    REQUIRE(staging->seal({&one, &two}));
  }
  const uintmax_t size = fs::file_size(world.staged("index"));
  fs::resize_file(world.staged("index"), size - 1);
  const auto staging = world.begin_run();
  CHECK(staging->recover() == 1);
  CHECK(fs::exists(world.at("a")));
  CHECK_FALSE(fs::exists(world.at("b")));
}

TEST_CASE("two_runs_at_a_time_are_one_too_many") {
  World world;
  const auto first = world.begin_run();
  const auto second = Staging::open(*world.tree, true);
  REQUIRE_FALSE(second);
  CHECK(second.error().message == "another ftpull mirrors into this folder");
}

TEST_CASE("what_others_put_there_is_not_followed") {
  World world;
  fs::create_directory(world.at("elsewhere"));
  fs::create_directory_symlink("elsewhere", world.at(Staging::kFolder));
  CHECK_FALSE(Staging::open(*world.tree, true));
  fs::remove(world.at(Staging::kFolder));
  const auto staging = world.begin_run();
  const auto file = staging->begin();
  fs::create_symlink("../mine", world.staged(std::to_string(file->number())));
  world.folder.write("mine", "mine");
  CHECK_FALSE(write(*file, "theirs"));
  CHECK(world.folder.read("mine") == "mine");
}

TEST_CASE("nobody_else_may_look_into_it") {
  World world;
  const auto staging = world.begin_run();
  CHECK(fs::status(world.at(Staging::kFolder)).permissions() == fs::perms::owner_all);
}
