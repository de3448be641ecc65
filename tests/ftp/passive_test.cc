#include "ftp/passive.h"

#include <doctest/doctest.h>

#include "corpus.h"

using namespace ftpull::ftp;
using corpus::reply_of;

TEST_CASE("epsv_takes_any_punctuation_as_delimiter") {  // H5
  CHECK(parse_epsv(reply_of("229 Entering Extended Passive Mode (|||6446|)")) == 6446);
  CHECK(parse_epsv(reply_of("229 OK (!!!12000!)")) == 12000);
  CHECK(parse_epsv(reply_of("229 Entering (Extended) Passive Mode ( |||65535| )")) == 65535);
  CHECK(parse_epsv(reply_of("229 ok (|1|132.235.1.2|6275|)")) == 6275);
  CHECK(parse_epsv(reply_of("229-Entering (|||1|)\r\n229 ok")) == 1);
}

TEST_CASE("an_epsv_port_out_of_range_is_none") {
  for (const char* text : {"(|||0|)", "(|||65536|)", "(|||-1|)", "(||||)", "(|||12x|)", "(|||7",
                           "|||7|", "(xxx7x)", "(1117 1)", "(", "(|||99999999999999999999|)"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_epsv(reply_of("229 " + std::string(text))));
  }
  CHECK_FALSE(parse_epsv(reply_of("227 (|||7|)")));
  CHECK_FALSE(parse_epsv(reply_of("500 (|||7|)")));
}

TEST_CASE("pasv_finds_six_numbers_anywhere") {  // H1
  for (const char* text :
       {"Entering Passive Mode (10,0,0,1,4,51).", "=10,0,0,1,4,51", "10,0,0,1,4,51",
        "mode 2: 10, 0, 0, 1, 4, 51", "(010,000,000,001,004,051)"}) {
    CAPTURE(text);
    const auto address = parse_pasv(reply_of("227 " + std::string(text)));
    REQUIRE(address);
    CHECK(address->port == 1075);
    CHECK(address->host == std::array<uint8_t, 4>{10, 0, 0, 1});
  }
}

TEST_CASE("pasv_numbers_that_are_no_address_are_none") {
  for (const char* text : {"(1216,256,2,127,127,127)", "(1,2,3,4,5)", "(1,2,3,4,0,0)",
                           "(1,2,3,4,256,1)", "(1.2.3.4,5,6)", "", "(1,2,3,4,5,)"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_pasv(reply_of("227 " + std::string(text))));
  }
  CHECK_FALSE(parse_pasv(reply_of("226 (1,2,3,4,5,6)")));
}
