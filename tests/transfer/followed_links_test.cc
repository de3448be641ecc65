#include "transfer/followed_links.h"

#include <doctest/doctest.h>

using namespace ftpull::transfer;

TEST_CASE("a_link_leads_to_a_place_in_the_tree") {
  FollowedLinks links;
  CHECK(links.follow("a/b", "l", "../c") == "a/c");
  CHECK(links.follow("", "m", "x/y") == "x/y");
}

TEST_CASE("a_link_out_of_the_tree_is_not_followed") {
  FollowedLinks links;
  CHECK_FALSE(links.follow("a", "l", "/etc"));
  CHECK_FALSE(links.follow("a", "l", "../../etc"));
  CHECK_FALSE(links.follow("", "l", ""));
}

TEST_CASE("a_link_to_where_one_comes_from_is_not_followed") {
  FollowedLinks links;
  CHECK_FALSE(links.follow("a/b", "l", "."));
  CHECK_FALSE(links.follow("a/b", "l", ".."));
  CHECK_FALSE(links.follow("a/b", "l", "../.."));
  CHECK(links.follow("a/b", "l", "../bc") == "a/bc");
}

TEST_CASE("what_a_folder_is_behind_a_link_counts") {
  FollowedLinks links;
  CHECK(links.follow("", "short", "long/way") == "long/way");
  // In "short", which is "long/way": one level up is "long", and not the top.
  CHECK(links.follow("short", "up", "../other") == "long/other");
  CHECK_FALSE(links.follow("short", "self", "../way"));
  CHECK_FALSE(links.follow("short/sub", "back", "../../way"));
  CHECK_FALSE(links.follow("short", "out", "../../.."));
}

TEST_CASE("two_links_that_lead_to_each_other_come_to_an_end") {
  FollowedLinks links;
  // a/to_b -> ../b, and b/to_a -> ../a.
  CHECK(links.follow("a", "to_b", "../b") == "b");
  CHECK_FALSE(links.follow("a/to_b", "to_a", "../a"));
  CHECK(links.follow("b", "to_a", "../a") == "a");
  CHECK_FALSE(links.follow("b/to_a", "to_b", "../b"));
}

TEST_CASE("the_nearest_link_above_tells_what_a_path_is") {
  FollowedLinks links;
  CHECK(links.follow("", "one", "first") == "first");
  CHECK(links.follow("one", "two", "second") == "first/second");
  CHECK(links.follow("one/two", "three", "../third") == "first/third");
}
