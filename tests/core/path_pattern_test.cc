#include "core/path_pattern.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

using namespace ftpull;

namespace {

bool file_matches(std::string_view pattern, std::string_view path) {
  const auto parsed = PathPattern::parse(pattern);
  CAPTURE(pattern);
  REQUIRE(parsed);
  return parsed->matches(path, false);
}

bool folder_matches(std::string_view pattern, std::string_view path) {
  const auto parsed = PathPattern::parse(pattern);
  REQUIRE(parsed);
  return parsed->matches(path, true);
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("a_name_is_matched_in_all_folders") {
  CHECK(file_matches("a.iso", "a.iso"));
  CHECK(file_matches("a.iso", "x/y/a.iso"));
  CHECK_FALSE(file_matches("a.iso", "a.iso/x"));
  CHECK_FALSE(file_matches("a.iso", "xa.iso"));
  CHECK_FALSE(file_matches("a.iso", "a.isox"));
  CHECK_FALSE(file_matches("a", "A"));
  CHECK_FALSE(file_matches("*", ""));
}

TEST_CASE("a_slash_before_or_within_anchors_at_the_top") {
  CHECK(file_matches("/a", "a"));
  CHECK_FALSE(file_matches("/a", "x/a"));
  CHECK(file_matches("a/b", "a/b"));
  CHECK(file_matches("/a/b", "a/b"));
  CHECK_FALSE(file_matches("a/b", "x/a/b"));
  CHECK_FALSE(file_matches("a/b", "b"));
  CHECK(file_matches("a\\/b", "a/b"));
  CHECK_FALSE(file_matches("a\\/b", "x/a/b"));
}

TEST_CASE("a_slash_at_the_end_means_folders_only") {
  CHECK(folder_matches("old/", "old"));
  CHECK(folder_matches("old/", "x/old"));
  CHECK_FALSE(file_matches("old/", "old"));
  CHECK(folder_matches("/old/", "old"));
  CHECK_FALSE(folder_matches("/old/", "x/old"));
  CHECK(folder_matches("a/**/", "a/b"));
  CHECK(folder_matches("a/**/", "a/b/c"));
  CHECK_FALSE(file_matches("a/**/", "a/b"));
  CHECK(folder_matches("**/", "a/b"));
}

TEST_CASE("one_star_stays_within_a_name") {
  CHECK(file_matches("*", "a"));
  CHECK(file_matches("*", "x/a"));
  CHECK(file_matches("*.iso", "x/a.iso"));
  CHECK(file_matches("*.iso", ".iso"));
  CHECK_FALSE(file_matches("*.iso", "x/a.iso.part"));
  CHECK(file_matches("a*b*c", "aXbYbZc"));
  CHECK_FALSE(file_matches("a*b*c", "aXc"));
  CHECK(file_matches("/*/b", "a/b"));
  CHECK_FALSE(file_matches("/*/b", "a/x/b"));
  CHECK_FALSE(file_matches("/*", "a/b"));
  CHECK_FALSE(file_matches("a/*", "a"));
}

TEST_CASE("two_stars_go_across_folders") {
  CHECK(file_matches("a/**", "a/b"));
  CHECK(file_matches("a/**", "a/b/c"));
  CHECK_FALSE(file_matches("a/**", "a"));
  CHECK_FALSE(file_matches("a/**", "ab/c"));
  CHECK(file_matches("/a**c", "a/b/c"));
  CHECK(file_matches("/a**c", "ac"));
  CHECK(file_matches("/**", "a/b/c"));
  CHECK(file_matches("**", "a/b/c"));
  CHECK(file_matches("/a***c", "a/b/c"));
}

TEST_CASE("two_stars_before_a_slash_are_any_folders_and_none") {
  CHECK(file_matches("**/c", "c"));
  CHECK(file_matches("**/c", "a/b/c"));
  CHECK_FALSE(file_matches("**/c", "a/bc"));
  CHECK(file_matches("a/**/c", "a/c"));
  CHECK(file_matches("a/**/c", "a/b/b/c"));
  CHECK_FALSE(file_matches("a/**/c", "a/bc"));
  CHECK_FALSE(file_matches("a/**/c", "ac"));
  CHECK(file_matches("**/b/**/d", "b/d"));
  CHECK(file_matches("**/b/**/d", "a/b/c/c/d"));
  CHECK_FALSE(file_matches("**/b/**/d", "a/c/d"));
  CHECK(file_matches("a**/c", "ab/b/c"));
  CHECK_FALSE(file_matches("/x**/c", "x"));
}

TEST_CASE("a_question_mark_is_one_character_and_no_slash") {
  CHECK(file_matches("a?c", "abc"));
  CHECK_FALSE(file_matches("a?c", "ac"));
  CHECK_FALSE(file_matches("/a?c", "a/c"));
  CHECK(file_matches("a?c",
                     "a\xc3\xa4"
                     "c"));
  CHECK(file_matches("a?c",
                     "a\xe4"
                     "c"));
  CHECK_FALSE(file_matches("a??c",
                           "a\xc3\xa4"
                           "c"));
}

TEST_CASE("sets_hold_characters_and_ranges") {
  CHECK(file_matches("[a-cx]", "b"));
  CHECK(file_matches("[a-cx]", "x"));
  CHECK_FALSE(file_matches("[a-cx]", "d"));
  CHECK(file_matches("[!a-c]", "d"));
  CHECK_FALSE(file_matches("[!a-c]", "b"));
  CHECK_FALSE(file_matches("/x[!a]y", "x/y"));
  CHECK(file_matches("[]a]", "]"));
  CHECK(file_matches("[!]a]", "b"));
  CHECK_FALSE(file_matches("[!]a]", "]"));
  CHECK(file_matches("[a-]", "-"));
  CHECK(file_matches("[-a]", "-"));
  CHECK(file_matches("[\\]]", "]"));
  CHECK(file_matches("[a\\-c]", "-"));
  CHECK_FALSE(file_matches("[a\\-c]", "b"));
  CHECK(file_matches("[a!]", "!"));
  CHECK(file_matches("[*?]", "*"));
  CHECK_FALSE(file_matches("[*?]", "a"));
  CHECK(file_matches("[\xc3\xa0-\xc3\xb6]", "\xc3\xa4"));
  CHECK_FALSE(file_matches("[\xc3\xa0-\xc3\xb6]", "\xc3"));
}

TEST_CASE("a_backslash_takes_the_special_meaning_off") {
  CHECK(file_matches("\\*", "*"));
  CHECK_FALSE(file_matches("\\*", "a"));
  CHECK(file_matches("a\\?\\[b\\\\", "a?[b\\"));
  CHECK(file_matches("\\a", "a"));
}

TEST_CASE("bytes_that_are_no_text_match_themselves") {
  CHECK(file_matches("a\xff*", "a\xff\xfe"));
  CHECK_FALSE(file_matches("a\xff", "a\xfe"));
  CHECK(file_matches("*\xa4", "\xe4\xa4"));
}

TEST_CASE("what_is_no_pattern_is_refused_with_advice") {
  for (const char* text :
       {"",    "/",    "//",  "//a", "a//b",  "a//",   "[",           "[a",    "[]", "[!]",
        "a[b", "[a\\", "a\\", "[/]", "[a/b]", "[z-a]", "[[:alpha:]]", "**//a", "\\", "a/\\//b"}) {
    CAPTURE(text);
    const auto parsed = PathPattern::parse(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().kind == ErrorKind::usage);
    CHECK_FALSE(parsed.error().hint.empty());
  }
  CHECK_FALSE(PathPattern::parse(std::string(PathPattern::kLongest + 1, 'a')));
  CHECK(PathPattern::parse(std::string(PathPattern::kLongest, 'a')));
}

TEST_CASE("many_stars_take_no_more_time_than_both_lengths_say") {
  const auto begun = std::chrono::steady_clock::now();
  const std::string text(1000, 'a');
  CHECK_FALSE(file_matches(repeated("a*", 300) + "b", text));
  CHECK_FALSE(file_matches("/" + repeated("a**", 300) + "b", text));
  CHECK_FALSE(file_matches("/" + repeated("a**a*", 200) + "b", text));
  CHECK(file_matches(repeated("a*", 300) + "a", text));
  const std::string folders = repeated("a/", 500) + "a";
  CHECK_FALSE(file_matches(repeated("**/a/", 200) + "b", folders));
  CHECK_FALSE(file_matches(repeated("**/*a*/", 100) + "**b", folders));
  CHECK(file_matches(repeated("**/*a*/", 100) + "**a", folders));
  // Each is some 10^6 steps; a search that takes attempts back would not end in this life.
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}
