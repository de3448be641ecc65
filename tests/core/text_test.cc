#include "core/text.h"

#include <doctest/doctest.h>

using namespace ftpull;

TEST_CASE("display_text_has_no_control_characters") {
  CHECK(for_display("plain text, \xc3\xa4") == "plain text, \xc3\xa4");
  CHECK(for_display("\x1b[31mred\x07") == "\\x1b[31mred\\x07");
  CHECK(for_display("a\r\nb\tc") == "a\\x0d\\x0ab\\x09c");
  CHECK(for_display(std::string_view("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("display_text_hides_what_is_not_utf8_and_what_turns_it_round") {
  CHECK(for_display("\xe4") == "\\xe4");
  CHECK(for_display("\xc0\x80") == "\\xc0\\x80");           // overlong NUL
  CHECK(for_display("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // surrogate
  CHECK(for_display("\xc2\x9b") == "\\xc2\\x9b");           // C1 control: CSI
  CHECK(for_display("\xe2\x80\xae") == "\\xe2\\x80\\xae");  // right-to-left override
  CHECK(for_display("\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
}

TEST_CASE("display_text_is_bounded") {
  CHECK(for_display(std::string(1000, 'x'), 10) == "xxxxxxxxxx...");
  CHECK(for_display("exactly ten", 11) == "exactly ten");
}

TEST_CASE("only_a_whole_decimal_number_is_one") {
  CHECK(parse_decimal("0") == 0);
  CHECK(parse_decimal("18446744073709551615") == UINT64_MAX);
  CHECK_FALSE(parse_decimal("18446744073709551616"));
  CHECK_FALSE(parse_decimal(""));
  CHECK_FALSE(parse_decimal("-1"));
  CHECK_FALSE(parse_decimal("+1"));
  CHECK_FALSE(parse_decimal("12 "));
}

TEST_CASE("words_are_compared_without_case") {
  CHECK(equals_ignoring_case("MDTM", "mdtm"));
  CHECK_FALSE(equals_ignoring_case("MDTM", "mdt"));
  CHECK(contains_ignoring_case("Sorry, Too Many users", "too many"));
  CHECK_FALSE(contains_ignoring_case("too man", "too many"));
}

TEST_CASE("a_long_name_is_cut_in_the_middle") {
  CHECK(shorten_middle("short", 10) == "short");
  CHECK(shorten_middle("abcdefghijklmnop", 9) == "abc...nop");
  CHECK(shorten_middle("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 8) == "\xc3\xa4...\xc3\xa4");
}
