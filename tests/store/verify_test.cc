#include "ftpull/verify.h"

#include <doctest/doctest.h>

#include "ftpull/fetch.h"

#include "cli/temp_folder.h"
#include "source.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::store;
using ftpull::cli::TempFolder;

namespace {

constexpr uint64_t kSegment = kTestSegmentBytes;

class Listener final : public Observer {
 public:
  void on_progress(const FetchProgress& progress) override {
    name = progress.name;
    size_bytes = progress.size_bytes.value_or(0);
  }
  void on_message(MessageLevel, std::string_view) override {}
  std::string name;
  uint64_t size_bytes = 0;
};

std::unique_ptr<PartFile> begin(const std::string& target, const Source& source) {
  auto part = PartFile::open(posix_disk(), target, source.identity, {});
  REQUIRE_MESSAGE(part, (part ? "" : describe(part.error())));
  REQUIRE(write_range(**part, source, {0, 2 * kSegment + 1000}));
  return std::move(*part);
}

void finish(const std::string& target, const Source& source) {
  const auto part = begin(target, source);
  REQUIRE(write_missing(*part, source));
  REQUIRE(check_seams(*part));
  REQUIRE(part->finish(source.bytes.size(), {}, true));
}

void damage(const std::string& path, uint64_t place) {
  const auto file = posix_disk().open(path, OpenMode::update);
  REQUIRE(file);
  std::byte byte{};
  REQUIRE((*file)->read_at({&byte, 1}, place));
  byte ^= std::byte{1};
  REQUIRE((*file)->write_at({&byte, 1}, place));
}

void check_fails(const std::string& path, ErrorKind kind, const std::string& words) {
  Listener listener;
  const auto result = verify(path, listener);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == kind);
  CHECK_MESSAGE(result.error().message.find(words) != std::string::npos, result.error().message);
}

}  // namespace

TEST_CASE("a_finished_file_is_compared_with_its_kept_digests") {
  const TempFolder folder;
  const Source source = five_segments();
  finish(folder / "file", source);
  damage(folder / "file", kSegment);
  for (const char* const name : {"file", "file.digests"}) {
    CAPTURE(name);
    Listener listener;
    const auto result = verify(folder / name, listener);
    REQUIRE(result);
    CHECK(result->target == folder / "file");
    CHECK(result->path == folder / "file");
    CHECK(result->digests == folder / "file.digests");
    CHECK(result->url == source.identity.url);
    CHECK(result->size_bytes == source.bytes.size());
    CHECK(result->checked_bytes == source.bytes.size());
    CHECK(result->bad == std::vector<ByteRange>{{kSegment, 2 * kSegment}});
    CHECK(listener.name == "file");
    CHECK(listener.size_bytes == source.bytes.size());
  }
}

TEST_CASE("an_unfinished_download_is_compared_with_its_journal") {
  const TempFolder folder;
  const Source source = five_segments();
  begin(folder / "file", source);
  for (const char* const name : {"file", "file.part", "file.part.journal"}) {
    CAPTURE(name);
    Listener listener;
    const auto result = verify(folder / name, listener);
    REQUIRE(result);
    CHECK(result->path == folder / "file.part");
    CHECK(result->checked_bytes == 2 * kSegment + 1000);
    CHECK(result->bad.empty());
  }
}

TEST_CASE("of_two_the_one_that_was_named_is_compared") {
  const TempFolder folder;
  const Source source = five_segments();
  finish(folder / "file", source);
  begin(folder / "file", source);
  Listener listener;
  CHECK(verify(folder / "file", listener)->path == folder / "file");
  CHECK(verify(folder / "file.part", listener)->path == folder / "file.part");
}

TEST_CASE("without_a_file_or_without_digests_there_is_nothing_to_compare") {
  const TempFolder folder;
  check_fails(folder / "file", ErrorKind::not_found, "there is no");
  const Source source = five_segments();
  finish(folder / "file", source);
  REQUIRE(posix_disk().remove(folder / "file.digests"));
  check_fails(folder / "file", ErrorKind::not_found, "no digests");
}

TEST_CASE("a_file_of_another_length_is_not_the_one_that_was_fetched") {
  const TempFolder folder;
  finish(folder / "file", five_segments());
  REQUIRE((*posix_disk().open(folder / "file", OpenMode::update))->truncate(1000));
  check_fails(folder / "file", ErrorKind::changed, "is 1000 bytes long");
}

TEST_CASE("damaged_digests_are_said_to_be_corrupt") {
  const TempFolder folder;
  finish(folder / "file", five_segments());
  damage(folder / "file.digests", 30);
  check_fails(folder / "file", ErrorKind::corrupt, "file.digests");
}

TEST_CASE("a_download_that_is_under_way_is_not_compared") {
  const TempFolder folder;
  const auto part = begin(folder / "file", five_segments());
  check_fails(folder / "file", ErrorKind::disk, "is being fetched by");
}
