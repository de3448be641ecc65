#include "cli/suggest.h"

#include <array>

#include <doctest/doctest.h>

using namespace ftpull::cli;

TEST_CASE("every_kind_of_slip_is_one_edit") {
  CHECK(edit_distance("status", "status", 3) == 0);
  CHECK(edit_distance("statu", "status", 3) == 1);
  CHECK(edit_distance("statuss", "status", 3) == 1);
  CHECK(edit_distance("stotus", "status", 3) == 1);
  CHECK(edit_distance("sattus", "status", 3) == 1);
  CHECK(edit_distance("", "abc", 3) == 3);
}

TEST_CASE("a_distance_is_counted_no_further_than_the_limit") {
  CHECK(edit_distance("abcdef", "uvwxyz", 2) == 3);
  CHECK(edit_distance("a", "abcdefgh", 2) == 3);
}

TEST_CASE("the_nearest_word_is_suggested_and_a_far_one_is_not") {
  constexpr std::array<std::string_view, 3> kWords{"connections", "connect-timeout", "user"};
  CHECK(nearest("conections", kWords) == "connections");
  CHECK(nearest("connect-timout", kWords) == "connect-timeout");
  CHECK(nearest("usr", kWords) == "user");
  CHECK_FALSE(nearest("metrics-listen", kWords));
  CHECK_FALSE(nearest("xyz", kWords));
}
