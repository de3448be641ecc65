#include "store/manifest.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "fake_disk.h"

using namespace ftpull;
using namespace ftpull::store;

namespace {

constexpr const char* kDigest = "99aa06d3014798d86001c324468d497f";
constexpr const char* kHeader = "{\"ftpull_manifest\":1,\"url\":\"ftp://h/\",\"created\":5}\n";

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string text_of(FakeDisk& disk, const std::string& path) {
  FakeDisk::Node* node = disk.find(path);
  REQUIRE(node != nullptr);
  return {reinterpret_cast<const char*>(node->bytes.data()), node->bytes.size()};
}

ManifestRecord record(std::string path, uint64_t size_bytes = 1) {
  return {std::move(path), size_bytes, 7, kDigest, false};
}

ManifestWriter create(FakeDisk& disk) {
  auto writer = ManifestWriter::create(disk, "/d/m", "ftp://h/", 5);
  REQUIRE(writer);
  return std::move(*writer);
}

Manifest read(FakeDisk& disk) {
  auto manifest = Manifest::read(disk, "/d/m");
  REQUIRE_MESSAGE(manifest, (manifest ? "" : describe(manifest.error())));
  return std::move(*manifest);
}

void finish_with(FakeDisk& disk, const std::vector<ManifestRecord>& records) {
  ManifestWriter writer = create(disk);
  for (const ManifestRecord& each : records) REQUIRE(writer.add(each));
  REQUIRE(writer.finish());
}

ErrorKind failure(FakeDisk& disk, std::string_view content) {
  disk.put("/d/m", bytes_of(content));
  const auto manifest = Manifest::read(disk, "/d/m");
  REQUIRE_FALSE(manifest);
  return manifest.error().kind;
}

}  // namespace

TEST_CASE("a_manifest_is_one_json_object_a_line") {
  FakeDisk disk;
  finish_with(disk, {record("a/b \"c\"", 12), {"d", {}, {}, "", true}});
  CHECK(
      text_of(disk, "/d/m") ==
      std::string(kHeader) +
          "{\"path\":\"a/b \\\"c\\\"\",\"size\":12,\"mtime\":7,"
          "\"xxh3_128\":\"99aa06d3014798d86001c324468d497f\",\"status\":\"fetched\"}\n"
          "{\"path\":\"d\",\"size\":null,\"mtime\":null,\"xxh3_128\":null,\"status\":\"kept\"}\n");
  CHECK(disk.names() == std::vector<std::string>{"/d/m"});
  CHECK(disk.find("/d/m")->is_public);
}

TEST_CASE("what_was_written_is_found_by_its_path") {
  FakeDisk disk;
  finish_with(disk, {record("a", 12), {"b", {}, -5, "", false}, {"", 3, {}, kDigest, true}});
  const Manifest manifest = read(disk);
  CHECK(manifest.size() == 3);
  CHECK(manifest.unreadable_lines() == 0);
  const auto a = manifest.find("a");
  REQUIRE(a);
  CHECK(a->size_bytes == 12);
  CHECK(a->mtime_unix_seconds == 7);
  CHECK(a->xxh3_128 == kDigest);
  const auto b = manifest.find("b");
  REQUIRE(b);
  CHECK_FALSE(b->size_bytes);
  CHECK(b->mtime_unix_seconds == -5);
  CHECK(b->xxh3_128.empty());
  CHECK_FALSE(manifest.find("c"));
}

TEST_CASE("paths_of_any_bytes_survive_and_move_no_cursor") {
  const std::vector<std::string> paths{"\xe4\xff",
                                       "a\xc3\xa4",
                                       "\x1b[2J\n\t\"\\",
                                       "\x7f",
                                       "\xc2\x9b"
                                       "1m",
                                       "\xe2\x80\xae"
                                       "x",
                                       "\\xe4",
                                       std::string("a\0b", 3)};
  for (const std::string& path : paths) {
    const std::string line = manifest_line(record(path));
    CAPTURE(line);
    ManifestRecord back;
    REQUIRE(parse_manifest_line(line, back));
    CHECK(back.path == path);
    for (const unsigned char c : line.substr(0, line.size() - 1)) CHECK((c >= 0x20 && c != 0x7f));
  }
  CHECK(manifest_line(record("\xe4\xff"))
            .find("\"path\":\"\\\\xe4\\\\xff\",\"path_bytes\":\"e4ff\"") != std::string::npos);
  CHECK(manifest_line(record("a\xc3\xa4")).find("\"path\":\"a\xc3\xa4\",\"size\"") !=
        std::string::npos);
  CHECK(manifest_header("ftp://h/\xff", 1).find("ftp://h/\\\\xff") != std::string::npos);
}

TEST_CASE("lines_with_other_keys_and_in_another_order_are_read") {
  ManifestRecord back;
  REQUIRE(parse_manifest_line(
      R"({"more":{"path":1,"size":["x",{"mtime":"y"}]},"path_bytes":"ff","size":3,"path":"x"})",
      back));
  CHECK(back.path == "\xff");
  CHECK(back.size_bytes == 3);
  REQUIRE(parse_manifest_line("{\"path\":\"a\"}\r", back));
  CHECK(back.path == "a");
  CHECK_FALSE(back.size_bytes);
}

TEST_CASE("lines_that_are_no_records_are_refused") {
  for (const char* line : {"",
                           "{",
                           "{}",
                           "[]",
                           "1",
                           "null",
                           "\"path\"",
                           "[{\"path\":\"a\"}]",
                           R"({"path":1})",
                           R"({"path":null})",
                           R"({"path":["a"]})",
                           R"({"path":{"path":"a"}})",
                           R"({"path":"a","size":-1})",
                           R"({"path":"a","size":1.5})",
                           R"({"path":"a","size":"1"})",
                           R"({"path":"a","size":true})",
                           R"({"path":"a","mtime":9223372036854775808})",
                           R"({"path":"a","xxh3_128":"99"})",
                           R"({"path":"a","xxh3_128":"99aa06d3014798d86001c324468d497g"})",
                           R"({"path":"a","path_bytes":"f"})",
                           R"({"path":"a","path_bytes":"fg"})",
                           R"({"path":"a","path_bytes":"-1"})",
                           R"({"path":"a"} x)",
                           "{\"path\":\"\xff\"}"}) {
    CAPTURE(line);
    ManifestRecord back;
    CHECK_FALSE(parse_manifest_line(line, back));
  }
}

TEST_CASE("what_is_no_manifest_is_corrupt") {
  FakeDisk disk;
  const auto missing = Manifest::read(disk, "/d/m");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::not_found);
  for (const char* text : {"", "\n", "hello\n", "{}\n", "[1]\n", "{\"path\":\"a\"}\n",
                           "{\"ftpull_manifest\":\"1\"}\n", "{\"ftpull_manifest\":2}\n"}) {
    CAPTURE(text);
    CHECK(failure(disk, text) == ErrorKind::corrupt);
  }
  CHECK(failure(disk, std::string(200'000, 'x')) == ErrorKind::corrupt);
}

TEST_CASE("lines_that_cannot_be_read_are_counted_and_passed_over") {
  FakeDisk disk;
  disk.put("/d/m", bytes_of(std::string(kHeader) + "{\"path\":\"a\"}\nxx\n\n{\"path\":\"" +
                            std::string(600'000, 'l') + "\"}\n" + std::string(10, '\0') +
                            "\n{\"path\":\"b\"}\n{\"path\":\"c"));
  const Manifest manifest = read(disk);
  CHECK(manifest.size() == 2);
  CHECK(manifest.find("a"));
  CHECK(manifest.find("b"));
  CHECK(manifest.unreadable_lines() == 5);
}

TEST_CASE("the_last_line_needs_no_end") {
  FakeDisk disk;
  disk.put("/d/m", bytes_of(std::string(kHeader) + "{\"path\":\"a\"}"));
  CHECK(read(disk).find("a"));
}

TEST_CASE("of_lines_with_one_path_the_last_one_is_right") {
  FakeDisk disk;
  finish_with(disk, {record("a", 1), record("b", 2), record("a", 3)});
  CHECK(read(disk).size() == 2);
  CHECK(read(disk).find("a")->size_bytes == 3);
  ManifestWriter writer = create(disk);
  REQUIRE(writer.add(record("a", 4)));
  REQUIRE(writer.add(record("c", 5)));
  REQUIRE(writer.flush());
  const Manifest both = read(disk);
  CHECK(both.size() == 3);
  CHECK(both.find("a")->size_bytes == 4);
  CHECK(both.find("b")->size_bytes == 2);
  CHECK(both.find("c")->size_bytes == 5);
}

TEST_CASE("an_unfinished_manifest_tells_what_it_has_or_nothing") {
  FakeDisk disk;
  disk.put("/d/m.part", bytes_of(std::string(kHeader) + "{\"path\":\"a\"}\n{\"pa"));
  CHECK(read(disk).size() == 1);
  disk.put("/d/m.part", bytes_of(std::string(kHeader).substr(0, 9)));
  CHECK_FALSE(Manifest::read(disk, "/d/m"));
  finish_with(disk, {record("b")});
  disk.put("/d/m.part", {});
  CHECK(read(disk).size() == 1);
}

TEST_CASE("lines_wait_for_each_other_but_not_for_ever") {
  FakeDisk disk;
  {
    ManifestWriter writer = create(disk);
    CHECK(text_of(disk, "/d/m.part") == kHeader);
    for (size_t i = 1; i < ManifestWriter::kLinesHeld; ++i) REQUIRE(writer.add(record("a")));
    CHECK(text_of(disk, "/d/m.part") == kHeader);
    REQUIRE(writer.add(record("b")));
    CHECK(read(disk).find("b"));
    REQUIRE(writer.add(record("c")));
    CHECK_FALSE(read(disk).find("c"));
  }
  CHECK(read(disk).find("c"));
}

TEST_CASE("two_processes_do_not_write_one_manifest") {
  FakeDisk disk;
  const ManifestWriter writer = create(disk);
  const auto second = ManifestWriter::create(disk, "/d/m", "ftp://h/", 5);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::disk);
  CHECK(text_of(disk, "/d/m.part") == kHeader);
}

TEST_CASE("a_crash_anywhere_leaves_the_old_manifest_or_the_new_one") {
  std::set<uint64_t> sizes;
  for (uint64_t step = 1; step < 20; ++step) {
    CAPTURE(step);
    FakeDisk disk;
    finish_with(disk, {record("a", 1)});
    disk.reopen();
    disk.tear_failing_writes(true);
    disk.die_at(step);
    {
      auto writer = ManifestWriter::create(disk, "/d/m", "ftp://h/", 5);
      if (writer && writer->add(record("a", 2)) && writer->add(record("b", 2))) {
        static_cast<void>(writer->finish());
      }
    }
    disk.reopen();
    const std::string finished = text_of(disk, "/d/m");
    const bool is_new = finished.find("\"size\":2") != std::string::npos;
    CHECK(std::ranges::count(finished, '\n') == (is_new ? 3 : 2));
    CHECK(finished.ends_with("}\n"));
    const Manifest manifest = read(disk);
    REQUIRE(manifest.find("a"));
    sizes.insert(*manifest.find("a")->size_bytes);
  }
  CHECK(sizes == std::set<uint64_t>{1, 2});
}

TEST_CASE("after_a_failed_write_a_manifest_is_never_finished") {
  FakeDisk disk;
  ManifestWriter writer = create(disk);
  REQUIRE(writer.add(record("a")));
  disk.reopen();
  disk.fail_at(1);
  CHECK_FALSE(writer.flush());
  CHECK_FALSE(writer.add(record("b")));
  CHECK_FALSE(writer.flush());
  CHECK_FALSE(writer.finish());
  CHECK(disk.find("/d/m") == nullptr);
}

TEST_CASE("many_files_are_all_found_again") {
  constexpr uint64_t kFiles = 20'000;
  FakeDisk disk;
  ManifestWriter writer = create(disk);
  for (uint64_t i = 0; i < kFiles; ++i) {
    REQUIRE(writer.add(record("folder/" + std::to_string(i), i)));
  }
  REQUIRE(writer.finish());
  const Manifest manifest = read(disk);
  CHECK(manifest.size() == kFiles);
  uint64_t found = 0;
  for (uint64_t i = 0; i < kFiles; ++i) {
    const auto entry = manifest.find("folder/" + std::to_string(i));
    found += entry && entry->size_bytes == i ? 1 : 0;
  }
  CHECK(found == kFiles);
}
