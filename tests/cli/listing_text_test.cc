#include "cli/listing_text.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr int64_t kNoon = 1769860800;  // 2026-01-31 12:00:00 UTC

Entry entry(const std::string& name, EntryType type = EntryType::file) {
  Entry made;
  made.name = name;
  made.type = type;
  return made;
}

ListedFolder folder(std::vector<Entry> entries) {
  ListedFolder made;
  made.path = "pub";
  made.entries = std::move(entries);
  return made;
}

}  // namespace

TEST_CASE("a_name_stands_on_a_line_and_a_folder_has_a_slash") {
  Entry link = entry("l", EntryType::link);
  link.target = "a";
  CHECK(format_names(folder({entry("a b"), entry("d", EntryType::folder), link,
                             entry("o", EntryType::other)})) == "a b\nd/\nl\no\n");
  CHECK(format_names(folder({})).empty());
}

TEST_CASE("a_name_cannot_write_to_the_terminal") {
  CHECK(format_names(folder({entry("\x1b[2J\xe9"), entry("\xc3\xa9")})) ==
        "\\x1b[2J\\xe9\n\xc3\xa9\n");
  Entry link = entry("\x1b", EntryType::link);
  link.target = "\x07";
  link.permissions = "\x1b";
  CHECK(format_long(folder({link})) == "\\x1b \\x1b -> \\x07\n");
}

TEST_CASE("the_longest_name_is_not_cut") {
  const std::string name(1024, '\x01');
  const std::string shown = format_names(folder({entry(name)}));
  CHECK(shown.size() == 4 * name.size() + 1);
}

TEST_CASE("a_version_is_a_part_of_the_name") {
  Entry old = entry("a.txt");
  old.version = 3;
  CHECK(format_names(folder({old})) == "a.txt;3\n");
}

TEST_CASE("a_long_listing_has_columns") {
  Entry file = entry("a");
  file.permissions = "-rw-r--r--";
  file.size_bytes = 123456;
  file.time = EntryTime{kNoon + 59, 0, TimePrecision::second, true};
  Entry below = entry("d", EntryType::folder);
  below.time = EntryTime{kNoon, 0, TimePrecision::day, false};
  Entry link = entry("l", EntryType::link);
  link.target = "../a";
  Entry small = entry("s");
  small.size_bytes = 7;
  CHECK(format_long(folder({file, below, link, entry("o", EntryType::other), small})) ==
        "-rw-r--r-- 123456 2026-01-31 12:00 a\n"
        "d                 2026-01-31       d/\n"
        "l                                  l -> ../a\n"
        "?                                  o\n"
        "-               7                  s\n");
}

TEST_CASE("a_column_of_which_nothing_is_known_is_left_out") {
  CHECK(format_long(folder({entry("a"), entry("d", EntryType::folder)})) == "- a\nd d/\n");
}

TEST_CASE("a_time_that_is_no_date_is_left_out") {
  Entry file = entry("a");
  file.time = EntryTime{INT64_MAX, 0, TimePrecision::second, true};
  CHECK(format_long(folder({file})) == "- a\n");
}

TEST_CASE("paths_are_joined_with_one_slash") {
  CHECK(path_within("", "a") == "a");
  CHECK(path_within("/", "a") == "/a");
  CHECK(path_within("pub", "a") == "pub/a");
  CHECK(path_within("pub/", "a") == "pub/a");
}

TEST_CASE("a_folder_is_called_by_its_path") {
  CHECK(shown_folder("") == ".");
  CHECK(shown_folder("/") == "/");
  CHECK(shown_folder("pub/sub/") == "pub/sub");
  CHECK(shown_folder("pub/\x1b") == "pub/\\x1b");
}

TEST_CASE("unusable_lines_are_counted_and_the_first_is_shown_cleaned") {
  ListedFolder odd = folder({});
  odd.unusable_lines = 3;
  odd.first_unusable = "\x1b]0;x";
  CHECK(describe_unusable(odd) ==
        "pub: 3 lines of its listing cannot be used, there may be more in it; the first of them: "
        "\"\\x1b]0;x\"");
  odd.unusable_lines = 1;
  CHECK(describe_unusable(odd) ==
        "pub: 1 line of its listing cannot be used, there may be more in it; it is: "
        "\"\\x1b]0;x\"");
}

TEST_CASE("a_failure_names_its_folder_once_and_says_what_to_do") {
  CHECK(describe_failure("pub", {ErrorKind::login, "refused", "530 No", ""}) ==
        "pub: refused; the server said \"530 No\". Check the user's name and password");
  CHECK(describe_failure("pub", {ErrorKind::busy, "pub is busy", "", "Wait"}) ==
        "pub is busy. Wait");
  CHECK(describe_failure("a", {ErrorKind::busy, "it failed", "", "Wait"}) == "a: it failed. Wait");
  CHECK(describe_failure("pub", {ErrorKind::interrupted, "interrupted", "", ""}) ==
        "pub: interrupted");
}
