#include "ftp/facts.h"

#include <doctest/doctest.h>

#include "corpus.h"

using namespace ftpull::ftp;
using corpus::reply_of;

TEST_CASE("the_size_is_the_last_number_of_a_positive_answer") {  // G4, G7, G8
  CHECK(parse_size(reply_of("213 51")) == 51);
  CHECK(parse_size(reply_of("213 0")) == 0);
  CHECK(parse_size(reply_of("213 file: 213, Size =51.")) == 51);
  CHECK(parse_size(reply_of("220 12345")) == 12345);
  CHECK(parse_size(reply_of("250 12345")) == 12345);
  CHECK(parse_size(reply_of("213 5000000000")) == 5'000'000'000);
  CHECK(parse_size(reply_of("213 9223372036854775807")) == INT64_MAX);
  CHECK(parse_size(reply_of("213-size\r\n 51\r\n213 end")) == 51);
}

TEST_CASE("a_size_that_is_not_plainly_a_number_is_not_known") {
  for (const char* text : {"-1", "1.5", "1,234", "12K", "0x1f", "v2", "none", "",
                           "9223372036854775808", "99999999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(reply_of("213 " + std::string(text))));
  }
  CHECK_FALSE(parse_size(reply_of("550 51")));
  CHECK_FALSE(parse_size(Reply{213, {}}));
}

TEST_CASE("a_late_end_of_transfer_is_no_size") {  // A12
  CHECK_FALSE(parse_size(reply_of("226-File successfully transferred\r\n226 0 seconds, 50")));
}

TEST_CASE("mdtm_is_read_as_utc") {
  const auto mdtm = parse_mdtm(reply_of("213 20030405060708"));
  REQUIRE(mdtm);
  CHECK(mdtm->unix_seconds == 1049522828);
  CHECK(mdtm->raw == "20030405060708");
  CHECK(parse_mdtm(reply_of("213 19700101000000"))->unix_seconds == 0);
  CHECK(parse_mdtm(reply_of("213 19691231235959"))->unix_seconds == -1);
  CHECK(parse_mdtm(reply_of("213 21060207062816"))->unix_seconds == 4294967296);
  CHECK(parse_mdtm(reply_of("213 20000229000000"))->unix_seconds == 951782400);
  CHECK(parse_mdtm(reply_of("213 20161231235960"))->unix_seconds == 1483228800);
}

TEST_CASE("the_fraction_of_mdtm_is_kept_in_raw_only") {  // G9
  const auto mdtm = parse_mdtm(reply_of("213 20030405060708.123"));
  REQUIRE(mdtm);
  CHECK(mdtm->unix_seconds == 1049522828);
  CHECK(mdtm->raw == "20030405060708.123");
  CHECK(parse_mdtm(reply_of("213 20030405060708."))->raw == "20030405060708");
  CHECK(parse_mdtm(reply_of("213 20030405060708." + std::string(50, '1')))->raw.size() == 24);
}

TEST_CASE("the_year_2000_fault_is_understood") {  // G10
  CHECK(parse_mdtm(reply_of("213 191030405060708"))->unix_seconds == 1049522828);
  CHECK(parse_mdtm(reply_of("213 191030405060708"))->raw == "191030405060708");
  CHECK_FALSE(parse_mdtm(reply_of("213 201030405060708")));
}

TEST_CASE("a_date_that_does_not_exist_is_not_put_right") {  // G11
  for (const char* text :
       {"20080908", "20081908124312", "20080900124312", "20080931124312", "20230229000000",
        "19000229000000", "20080908244312", "20080908126012", "20080908124361", "00000101000000",
        "18991231000000", "2008090812431", "200809081243120", "-", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_mdtm(reply_of("213 " + std::string(text))));
  }
  CHECK_FALSE(parse_mdtm(reply_of("550 20030405060708")));
  CHECK_FALSE(parse_mdtm(reply_of("226 20030405060708")));
  CHECK_FALSE(parse_mdtm(Reply{213, {}}));
}

TEST_CASE("pwd_is_quoted_or_a_path_by_itself") {  // B15
  CHECK(parse_pwd(reply_of("257 \"/a b\" is current")) == "/a b");
  CHECK(parse_pwd(reply_of("257 rubbish \"/a\"\"b\" and \"c\"")) == "/a\"b");
  CHECK(parse_pwd(reply_of("257 \"/\"\"hello\"\"\"")) == "/\"hello\"");
  CHECK(parse_pwd(reply_of("257 /dir/to is current")) == "/dir/to");
}

TEST_CASE("a_pwd_that_is_no_path_is_not_known") {  // B15
  CHECK_FALSE(parse_pwd(reply_of("257 \"/unclosed")));
  CHECK_FALSE(parse_pwd(reply_of("257 \"\"")));
  CHECK_FALSE(parse_pwd(reply_of("257 root is current")));
  CHECK_FALSE(parse_pwd(reply_of("257 \"/a\x03\"")));
  CHECK_FALSE(parse_pwd(reply_of("257 \"/a\x7f\"")));
  CHECK_FALSE(parse_pwd(reply_of(std::string_view("257 \"/a\0b\"", 10))));
  CHECK_FALSE(parse_pwd(reply_of("257")));
  CHECK_FALSE(parse_pwd(reply_of("550 \"/a\"")));
}
