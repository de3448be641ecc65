#include "store/local_tree.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "cli/temp_folder.h"

using namespace ftpull;
using namespace ftpull::store;
namespace fs = std::filesystem;
using Kind = LocalItem::Kind;

namespace {

void put(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A tree, and beside it what must not be touched.
struct World {
  explicit World(LocalTree::Resolve resolve) {
    fs::create_directory(base / "tree");
    put(base / "outside" / "secret", "not yours");
    tree = *LocalTree::open(base / "tree", resolve);
  }

  void check_outside_untouched() const {
    CHECK(content_of(base / "outside" / "secret") == "not yours");
    const fs::directory_iterator outside(base / "outside");
    CHECK(std::distance(outside, fs::directory_iterator()) == 1);
  }

  cli::TempFolder folder;
  const fs::path base{folder / ""};
  const fs::path root = base / "tree";
  std::unique_ptr<LocalTree> tree;
};

constexpr LocalTree::Resolve kBoth[] = {LocalTree::Resolve::by_kernel,
                                        LocalTree::Resolve::by_parts};

Status write_to(const LocalTree& tree, const std::string& path, OpenMode mode) {
  auto file = tree.open_file(path, mode);
  if (!file) return tl::make_unexpected(file.error());
  const std::string text = "written";
  return (*file)->write_at(std::as_bytes(std::span(text)), 0);
}

}  // namespace

TEST_CASE("a_tree_tells_what_is_in_it") {
  for (const auto resolve : kBoth) {
    World world(resolve);
    put(world.root / "sub" / "file", "12345");
    fs::create_symlink("../x", world.root / "sub" / "link");
    REQUIRE(mkfifo((world.root / "sub" / "fifo").c_str(), 0600) == 0);
    fs::permissions(world.root / "sub" / "file", fs::perms(0640));
    const auto items = world.tree->list("sub");
    REQUIRE(items);
    REQUIRE(*items);
    std::map<std::string, LocalItem> found;
    for (const LocalItem& item : **items) found[item.name] = item;
    REQUIRE(found.size() == 3);
    CHECK(found["file"].kind == Kind::file);
    CHECK(found["file"].size_bytes == 5);
    CHECK(found["file"].permissions == 0640);
    CHECK(found["file"].mtime > 1'600'000'000);
    CHECK(found["link"].kind == Kind::link);
    CHECK(found["link"].target == "../x");
    CHECK(found["fifo"].kind == Kind::other);
    CHECK((*world.tree->list(""))->size() == 1);
    CHECK((*world.tree->info("sub"))->kind == Kind::folder);
  }
}

TEST_CASE("what_is_not_there_is_no_error") {
  for (const auto resolve : kBoth) {
    World world(resolve);
    put(world.root / "file", "");
    CHECK_FALSE(*world.tree->list("missing"));
    CHECK_FALSE(*world.tree->list("missing/deeper"));
    CHECK_FALSE(*world.tree->list("file"));
    CHECK_FALSE(*world.tree->info("missing/deeper"));
    CHECK_FALSE(*world.tree->info("file/deeper"));
    CHECK(world.tree->remove("missing"));
    CHECK(world.tree->remove_folder("missing"));
    CHECK_FALSE(world.tree->open_file("missing", OpenMode::read));
  }
}

TEST_CASE("paths_that_climb_are_refused_by_everything") {
  for (const auto resolve : kBoth) {
    World world(resolve);
    put(world.root / "a" / "f", "");
    const fs::path secret = world.base / "outside" / "secret";
    const std::string nul("a\0b", 3);
    for (const std::string& path :
         {std::string("../outside/secret"), secret.native(), std::string("a/../../outside/secret"),
          std::string("."), std::string(".."), std::string("a//f"), std::string("a/./f"),
          std::string("a/f/"), std::string("/"), nul}) {
      CAPTURE(path);
      const LocalTree& tree = *world.tree;
      CHECK_FALSE(tree.open_file(path, OpenMode::read));
      CHECK_FALSE(tree.open_file(path, OpenMode::create));
      CHECK_FALSE(tree.make_folder(path));
      CHECK_FALSE(tree.make_link(path, "x"));
      CHECK_FALSE(tree.remove(path));
      CHECK_FALSE(tree.remove_folder(path));
      CHECK_FALSE(tree.rename("a/f", path));
      CHECK_FALSE(tree.rename(path, "a/g"));
      CHECK_FALSE(tree.move_to(tree, "a/f", path));
      CHECK_FALSE(tree.set_permissions(path, 0777));
      CHECK_FALSE(tree.disk().rename("a/f", path, true));
      CHECK_FALSE(tree.disk().remove(path));
    }
    CHECK(fs::exists(world.root / "a" / "f"));
    world.check_outside_untouched();
  }
}

TEST_CASE("no_link_on_the_way_is_followed") {
  for (const auto resolve : kBoth) {
    World world(resolve);
    put(world.root / "f", "");
    fs::create_directory_symlink("../outside", world.root / "trap");
    fs::create_directory_symlink(world.base / "outside", world.root / "absolute");
    put(world.root / "sub" / "secret", "");
    fs::create_directory_symlink("sub", world.root / "within");
    for (const std::string trap : {"trap", "absolute", "within"}) {
      CAPTURE(trap);
      const LocalTree& tree = *world.tree;
      CHECK_FALSE(tree.open_file(trap + "/secret", OpenMode::read));
      CHECK_FALSE(write_to(tree, trap + "/secret", OpenMode::create));
      CHECK_FALSE(write_to(tree, trap + "/new", OpenMode::create_public));
      CHECK_FALSE(tree.make_folder(trap + "/new"));
      CHECK_FALSE(tree.make_link(trap + "/new", "x"));
      CHECK_FALSE(tree.remove(trap + "/secret"));
      CHECK_FALSE(tree.rename("f", trap + "/secret"));
      CHECK_FALSE(tree.rename(trap + "/secret", "g"));
      CHECK_FALSE(tree.move_to(tree, "f", trap + "/new"));
      CHECK_FALSE(tree.set_permissions(trap + "/secret", 0777));
      // As if the folder was not there.
      CHECK_FALSE(*tree.list(trap));
      CHECK_FALSE(*tree.info(trap + "/secret"));
    }
    world.check_outside_untouched();
  }
}

TEST_CASE("no_link_at_the_end_is_followed") {
  for (const auto resolve : kBoth) {
    World world(resolve);
    fs::create_symlink("../outside/secret", world.root / "trap");
    fs::create_symlink("../outside/new", world.root / "dangling");
    const fs::perms before = fs::status(world.base / "outside" / "secret").permissions();
    for (const std::string name : {"trap", "dangling"}) {
      CAPTURE(name);
      CHECK_FALSE(world.tree->open_file(name, OpenMode::update));
      CHECK_FALSE(write_to(*world.tree, name, OpenMode::create));
      CHECK_FALSE(write_to(*world.tree, name, OpenMode::create_public));
      CHECK_FALSE(world.tree->set_permissions(name, 0777));
      CHECK_FALSE(world.tree->make_folder(name));
    }
    CHECK(fs::status(world.base / "outside" / "secret").permissions() == before);
    CHECK(world.tree->remove("trap"));
    CHECK_FALSE(fs::exists(fs::symlink_status(world.root / "trap")));
    world.check_outside_untouched();
  }
}

TEST_CASE("a_tree_may_itself_be_reached_through_a_link") {
  World world(LocalTree::Resolve::by_kernel);
  fs::create_directory_symlink("tree", world.base / "alias");
  const auto tree = LocalTree::open(world.base / "alias");
  REQUIRE(tree);
  CHECK((*tree)->make_folder("new"));
  CHECK(fs::is_directory(world.root / "new"));
  CHECK_FALSE(LocalTree::open(world.base / "missing"));
  CHECK_FALSE(LocalTree::open(world.base / "outside" / "secret"));
}

TEST_CASE("things_are_made_renamed_and_removed") {
  for (const auto resolve : kBoth) {
    World world(resolve);
    const LocalTree& tree = *world.tree;
    CHECK(tree.make_folder("a"));
    CHECK(tree.make_folder("a"));
    CHECK(tree.make_folder("a/b"));
    CHECK(write_to(tree, "a/b/one", OpenMode::create_public));
    CHECK(write_to(tree, "two", OpenMode::create_public));
    CHECK(content_of(world.root / "a" / "b" / "one") == "written");
    CHECK_FALSE(tree.make_folder("two"));
    CHECK(tree.make_link("a/link", "b/one"));
    CHECK(fs::read_symlink(world.root / "a" / "link") == "b/one");
    CHECK_FALSE(tree.make_link("a/link", "elsewhere"));
    put(world.root / "three", "three");
    CHECK(tree.rename("three", "a/b/one"));
    CHECK(content_of(world.root / "a" / "b" / "one") == "three");
    CHECK_FALSE(tree.rename("two", "a"));
    CHECK_FALSE(tree.rename("two", "missing/x"));
    CHECK(tree.set_permissions("a/b/one", 0600));
    CHECK(fs::status(world.root / "a" / "b" / "one").permissions() == fs::perms(0600));
    CHECK_FALSE(tree.remove_folder("a"));
    CHECK(tree.remove("a/b/one"));
    CHECK(tree.remove("a/link"));
    CHECK(tree.remove_folder("a/b"));
    CHECK(tree.remove_folder("a"));
    CHECK(tree.sync_all());
  }
}

TEST_CASE("what_is_moved_replaces_nothing") {
  World world(LocalTree::Resolve::by_kernel);
  const auto trash = *LocalTree::open(world.base / "outside");
  put(world.root / "secret", "mine");
  CHECK_FALSE(world.tree->move_to(*trash, "secret", "secret"));
  world.check_outside_untouched();
  CHECK(world.tree->move_to(*trash, "secret", "mine"));
  CHECK(content_of(world.base / "outside" / "mine") == "mine");
  CHECK_FALSE(fs::exists(world.root / "secret"));
}

TEST_CASE("a_pipe_that_nobody_writes_to_holds_nobody_up") {
  World world(LocalTree::Resolve::by_kernel);
  REQUIRE(mkfifo((world.root / "fifo").c_str(), 0600) == 0);
  CHECK(world.tree->set_permissions("fifo", 0640));
}

TEST_CASE("a_tree_is_a_disk_for_those_who_fetch_one_file") {
  for (const auto resolve : kBoth) {
    World world(resolve);
    Disk& disk = world.tree->disk();
    CHECK(world.tree->make_folder("a"));
    REQUIRE(write_to(*world.tree, "a/f", OpenMode::create));
    CHECK((*disk.info("a/f"))->size_bytes == 7);
    CHECK((*disk.info("a"))->is_folder);
    CHECK_FALSE(*disk.info("a/g"));
    put(world.root / "a" / "g", "g");
    CHECK_FALSE(disk.rename("a/f", "a/g", false));
    CHECK(disk.rename("a/f", "a/g", true));
    CHECK(content_of(world.root / "a" / "g") == "written");
    CHECK(disk.sync_folder("a"));
    CHECK(disk.sync_folder(""));
    CHECK(disk.sync_folder("."));
    CHECK(disk.remove("a/g"));
    CHECK_FALSE(disk.boot_id().empty());
  }
}
