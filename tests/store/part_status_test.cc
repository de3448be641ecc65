#include "ftpull/part_status.h"

#include <doctest/doctest.h>

#include "cli/temp_folder.h"
#include "source.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::store;
using ftpull::cli::TempFolder;

namespace {

constexpr uint64_t kSegment = kTestSegmentBytes;

std::unique_ptr<PartFile> open(const std::string& target, const Identity& identity) {
  auto part = PartFile::open(posix_disk(), target, identity, {.now = 1'767'322});
  REQUIRE_MESSAGE(part, (part ? "" : describe(part.error())));
  return std::move(*part);
}

/// Segment 0 durable, 2 finished, 3 begun.
std::unique_ptr<PartFile> begin_download(const std::string& target, const Source& source) {
  auto part = open(target, source.identity);
  REQUIRE(write_range(*part, source, {0, kSegment}));
  REQUIRE(part->checkpoint());
  REQUIRE(write_range(*part, source, {2 * kSegment, 3 * kSegment + 7000}));
  return part;
}

}  // namespace

TEST_CASE("a_status_tells_what_an_unfinished_download_has_on_disk") {
  const TempFolder folder;
  const Source source = five_segments();
  begin_download(folder / "file", source);
  const auto status = read_part_status(folder / "file");
  REQUIRE(status);
  CHECK(status->part == folder / "file.part");
  CHECK(status->journal == folder / "file.part.journal");
  CHECK(status->url == source.identity.url);
  CHECK(status->size_bytes == source.identity.size_bytes);
  CHECK(status->mdtm == source.identity.mdtm);
  CHECK(status->segment_bytes == kSegment);
  CHECK(status->map == "#.#+.");
  CHECK(status->done_bytes == 2 * kSegment + 7000);
  CHECK(status->durable_bytes == kSegment);
  CHECK(status->created == 1'767'322);
  CHECK_FALSE(status->in_use);
}

TEST_CASE("a_status_counts_the_short_last_segment_as_it_is") {
  const TempFolder folder;
  const Source source = five_segments();
  {
    const auto part = open(folder / "file", source.identity);
    REQUIRE(write_missing(*part, source));
    REQUIRE(part->checkpoint());
  }
  const auto status = read_part_status(folder / "file");
  REQUIRE(status);
  CHECK(status->map == "#####");
  CHECK(status->done_bytes == source.bytes.size());
  CHECK(status->durable_bytes == source.bytes.size());
}

TEST_CASE("a_status_is_found_by_the_name_of_the_file_its_part_or_its_journal") {
  const TempFolder folder;
  for (const std::string name : {"file", "file.journal", ".part"}) {
    CAPTURE(name);
    begin_download(folder / name, five_segments());
    for (const char* const ending : {"", ".part", ".part.journal"}) {
      CAPTURE(ending);
      const auto status = read_part_status(folder / (name + ending));
      REQUIRE(status);
      CHECK(status->journal == folder / (name + ".part.journal"));
    }
  }
}

TEST_CASE("a_status_says_whether_another_has_the_download") {
  const TempFolder folder;
  auto part = begin_download(folder / "file", five_segments());
  CHECK(read_part_status(folder / "file")->in_use);
  part.reset();
  CHECK_FALSE(read_part_status(folder / "file")->in_use);
  // Asking leaves it free.
  open(folder / "file", five_segments().identity);
}

TEST_CASE("a_status_changes_nothing") {
  const TempFolder folder;
  begin_download(folder / "file", five_segments());
  const std::string data = folder.read("file.part");
  const std::string journal = folder.read("file.part.journal");
  REQUIRE(read_part_status(folder / "file"));
  CHECK((folder.read("file.part") == data));
  CHECK((folder.read("file.part.journal") == journal));
}

TEST_CASE("a_download_of_unknown_size_has_no_map") {
  const TempFolder folder;
  open(folder / "file", {"ftp://host/file", std::nullopt, ""});
  const auto status = read_part_status(folder / "file");
  REQUIRE(status);
  CHECK_FALSE(status->size_bytes);
  CHECK(status->map.empty());
  CHECK(status->done_bytes == 0);
}

TEST_CASE("without_a_download_a_status_is_not_found") {
  const TempFolder folder;
  const auto missing = read_part_status(folder / "file");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
  CHECK(missing.error().hint.empty());
  folder.write("file", "whole");
  const auto complete = read_part_status(folder / "file");
  REQUIRE_FALSE(complete);
  CHECK(complete.error().kind == ErrorKind::not_found);
  CHECK(complete.error().hint == "The file is complete");
}

TEST_CASE("a_damaged_journal_is_said_to_be_corrupt") {
  const TempFolder folder;
  folder.write("file.part.journal", "garbage");
  folder.write("file.part", "data");
  const auto status = read_part_status(folder / "file");
  REQUIRE_FALSE(status);
  CHECK(status.error().kind == ErrorKind::corrupt);
}

TEST_CASE("a_journal_alone_is_no_unfinished_download") {
  const TempFolder folder;
  begin_download(folder / "file", five_segments());
  REQUIRE(posix_disk().remove(folder / "file.part"));
  const auto status = read_part_status(folder / "file");
  REQUIRE_FALSE(status);
  CHECK(status.error().kind == ErrorKind::not_found);
}
