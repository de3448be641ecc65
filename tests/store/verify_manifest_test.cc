#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "ftpull/mirror.h"

#include "cli/temp_folder.h"
#include "store/manifest_format.h"

using namespace ftpull;
using namespace ftpull::store;
using ftpull::cli::TempFolder;

namespace {

namespace fs = std::filesystem;
using Kind = ManifestFault::Kind;

constexpr const char* kDigestOfA = "a96faf705af16834e6c632b61e964e1f";  // of "a"
constexpr const char* kDigestOfNothing = "99aa06d3014798d86001c324468d497f";

/// A mirror in "tree", and its manifest beside it.
class Mirror {
 public:
  Mirror() { fs::create_directory(tree()); }

  std::string tree() const { return folder_ / "tree"; }
  std::string outside(const std::string& name) const { return folder_ / name; }

  void write(const std::string& path, const std::string& content) {
    fs::create_directories((fs::path(tree()) / path).parent_path());
    folder_.write("tree/" + path, content);
  }
  void list(const std::string& path, std::optional<uint64_t> size_bytes,
            const std::string& digest = "") {
    lines_ += manifest_line({path, size_bytes, {}, digest, false});
  }
  void add_text(const std::string& text) { lines_ += text; }

  Result<ManifestVerdict> verify() {
    faults.clear();
    const std::string manifest = folder_.write("manifest", manifest_header("ftp://h/", 5) + lines_);
    return verify_manifest(manifest, tree(), [&](const ManifestFault& fault) {
      faults.emplace_back(fault.path, fault.kind);
    });
  }

  std::vector<std::pair<std::string, Kind>> faults;

 private:
  const TempFolder folder_;
  std::string lines_;
};

}  // namespace

TEST_CASE("a_folder_that_is_as_its_manifest_says_has_no_faults") {
  Mirror mirror;
  mirror.write("a", "a");
  mirror.write("x/y/empty", "");
  mirror.write("x/sized", "abc");
  mirror.write("more", "that no line names");
  mirror.list("a", 1, kDigestOfA);
  mirror.list("x/y/empty", 0, kDigestOfNothing);
  mirror.list("x/sized", 3);
  const auto verdict = mirror.verify();
  REQUIRE(verdict);
  CHECK(verdict->files == 3);
  CHECK(verdict->bytes == 1);
  CHECK(verdict->without_digest == 1);
  CHECK(verdict->faults == 0);
  CHECK(mirror.faults.empty());
}

TEST_CASE("each_kind_of_fault_is_told_with_its_path") {
  Mirror mirror;
  mirror.write("longer", "aa");
  mirror.write("other", "b");
  mirror.write("file", "a");
  mirror.list("gone", 1, kDigestOfA);
  mirror.list("gone/too", 1, kDigestOfA);
  mirror.list("file/below", 1, kDigestOfA);
  mirror.list("longer", 1, kDigestOfA);
  mirror.list("other", 1, kDigestOfA);
  mirror.list("file", 1, kDigestOfA);
  const auto verdict = mirror.verify();
  REQUIRE(verdict);
  CHECK(verdict->files == 6);
  CHECK(verdict->faults == 5);
  CHECK(mirror.faults == std::vector<std::pair<std::string, Kind>>{{"gone", Kind::missing},
                                                                   {"gone/too", Kind::missing},
                                                                   {"file/below", Kind::missing},
                                                                   {"longer", Kind::other_size},
                                                                   {"other", Kind::other_content}});
}

TEST_CASE("a_file_that_may_not_be_read_is_unreadable") {
  Mirror mirror;
  mirror.write("a", "a");
  mirror.list("a", 1, kDigestOfA);
  const std::string path = mirror.tree() + "/a";
  REQUIRE(chmod(path.c_str(), 0) == 0);
  REQUIRE(chmod(fs::path(mirror.tree()).parent_path().c_str(), 0755) == 0);
  REQUIRE(mirror.verify());
  const uid_t was = geteuid();
  constexpr uid_t kNobody = 65534;
  // Root may read everything; and the manifest is there from the first time.
  if (was == 0) REQUIRE(seteuid(kNobody) == 0);
  std::vector<Kind> kinds;
  const auto verdict =
      verify_manifest(mirror.outside("manifest"), mirror.tree(),
                      [&](const ManifestFault& fault) { kinds.push_back(fault.kind); });
  if (was == 0) REQUIRE(seteuid(was) == 0);
  REQUIRE(verdict);
  CHECK(kinds == std::vector<Kind>{Kind::unreadable});
}

TEST_CASE("paths_that_climb_are_missing_and_never_opened") {
  Mirror mirror;
  // To open this one would wait for ever, were it opened as files are.
  REQUIRE(mkfifo(mirror.outside("pipe").c_str(), 0600) == 0);
  mirror.write("x/a", "a");
  std::ofstream(mirror.outside("a")) << "a";
  for (const std::string& path :
       {std::string("../a"), std::string("x/../../a"), std::string("x/.."), std::string(".."),
        std::string("."), std::string("./x/a"), std::string("x/./a"), std::string(""),
        std::string("/"), std::string("x//a"), std::string("x/a/"), mirror.outside("a"),
        std::string("../pipe"), std::string("x/a\0b", 5)}) {
    mirror.list(path, 1, kDigestOfA);
  }
  const auto verdict = mirror.verify();
  REQUIRE(verdict);
  CHECK(verdict->files == 14);
  CHECK(verdict->faults == 14);
  CHECK(verdict->bytes == 0);
  for (const auto& [path, kind] : mirror.faults) CHECK(kind == Kind::missing);
}

TEST_CASE("links_are_not_followed_and_only_files_count") {
  Mirror mirror;
  std::ofstream(mirror.outside("a")) << "a";
  mirror.write("real/a", "a");
  fs::create_symlink("../a", mirror.tree() + "/link");
  fs::create_symlink("..", mirror.tree() + "/up");
  fs::create_symlink("real", mirror.tree() + "/inner");
  REQUIRE(mkfifo((mirror.tree() + "/pipe").c_str(), 0600) == 0);
  for (const char* path : {"link", "up/a", "inner/a", "pipe", "real"}) {
    mirror.list(path, {}, kDigestOfA);
  }
  const auto verdict = mirror.verify();
  REQUIRE(verdict);
  CHECK(verdict->bytes == 0);
  REQUIRE(mirror.faults.size() == 5);
  for (const auto& [path, kind] : mirror.faults) CHECK(kind == Kind::missing);
}

TEST_CASE("an_empty_manifest_has_no_files_and_no_faults") {
  Mirror mirror;
  const auto verdict = mirror.verify();
  REQUIRE(verdict);
  CHECK(verdict->files == 0);
  CHECK(verdict->faults == 0);
}

TEST_CASE("a_torn_line_is_a_fault_without_a_path") {
  Mirror mirror;
  mirror.write("a", "a");
  mirror.list("a", 1, kDigestOfA);
  mirror.add_text("{\"path\":\"b");
  const auto verdict = mirror.verify();
  REQUIRE(verdict);
  CHECK(verdict->files == 1);
  CHECK(verdict->faults == 1);
  CHECK(mirror.faults == std::vector<std::pair<std::string, Kind>>{{"", Kind::unreadable}});
}

TEST_CASE("names_that_are_not_text_are_compared") {
  Mirror mirror;
  mirror.write("\xe4\xff/\xfe", "a");
  mirror.write("\xe4/b", "b");
  mirror.list("\xe4\xff/\xfe", 1, kDigestOfA);
  mirror.list("\xe4/b", 1, kDigestOfA);
  REQUIRE(mirror.verify());
  CHECK(mirror.faults ==
        std::vector<std::pair<std::string, Kind>>{{"\xe4/b", Kind::other_content}});
}

TEST_CASE("an_earlier_line_of_the_same_file_does_not_count") {
  Mirror mirror;
  mirror.write("a", "a");
  mirror.list("a", 5, kDigestOfNothing);
  mirror.list("a", 6);
  mirror.list("a", 1, kDigestOfA);
  const auto verdict = mirror.verify();
  REQUIRE(verdict);
  CHECK(verdict->files == 1);
  CHECK(verdict->faults == 0);
}

TEST_CASE("a_manifest_or_folder_that_is_not_there_is_an_error") {
  const TempFolder folder;
  const auto ignore = [](const ManifestFault&) {};
  const std::string manifest = folder.write("manifest", manifest_header("ftp://h/", 5));
  const std::string other = folder.write("other", "hello\n");
  CHECK(verify_manifest(folder / "none", folder / "", ignore).error().kind == ErrorKind::not_found);
  CHECK(verify_manifest(other, folder / "", ignore).error().kind == ErrorKind::corrupt);
  CHECK(verify_manifest(folder / "", folder / "", ignore).error().kind == ErrorKind::corrupt);
  CHECK(verify_manifest(manifest, folder / "none", ignore).error().kind == ErrorKind::disk);
  CHECK(verify_manifest(manifest, other, ignore).error().kind == ErrorKind::disk);
}
