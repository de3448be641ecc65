#include "ftp/features.h"

#include <doctest/doctest.h>

#include "corpus.h"

using namespace ftpull::ftp;
using corpus::reply_of;

TEST_CASE("features_are_read_line_by_line") {
  const auto f = Features::parse(
      reply_of("211-Features:\r\n AUTH TLS\r\n EPSV\r\n HASH CRC32;MD5;SHA-1*;SHA-256\r\n MDTM\r\n"
               " MLST type*;size*;\r\n MODE Z\r\n PRET\r\n RANG STREAM\r\n REST STREAM\r\n SIZE\r\n"
               " UTF8\r\n CLNT\r\n211 End"));
  CHECK(f.listed);
  CHECK((f.size && f.mdtm && f.rest_stream && f.mlst && f.utf8 && f.clnt && f.epsv));
  CHECK((f.rang_stream && f.auth_tls && f.mode_z && f.pret));
  CHECK(f.hash == std::vector<std::string>{"CRC32", "MD5", "SHA-1", "SHA-256"});
}

TEST_CASE("features_may_carry_the_code_and_any_case") {  // A16
  const auto f = Features::parse(
      reply_of("211-Extensions\r\n211-Size\r\n 211-mdtm\r\n211-rest stream\r\nauth tls-c;ssl\r\n"
               "211 END"));
  CHECK((f.listed && f.size && f.mdtm && f.rest_stream && f.auth_tls));
}

TEST_CASE("only_the_listed_features_are_set") {
  const auto f = Features::parse(
      reply_of("211-SIZE of everything\r\n AUTH GSSAPI\r\n MODE C\r\n RANG\r\n SIZES\r\n X EPSV\r\n"
               "211 MDTM"));
  CHECK(f.listed);
  CHECK_FALSE((f.size || f.mdtm || f.rest_stream || f.mlst || f.utf8 || f.epsv || f.rang_stream ||
               f.auth_tls || f.mode_z || f.pret));
  CHECK(f.hash.empty());
}

TEST_CASE("a_refused_feat_lists_nothing") {  // B9
  CHECK_FALSE(Features::parse(reply_of("500 Unknown command")).listed);
  CHECK_FALSE(Features::parse(reply_of("530-x\r\n SIZE\r\n530 Please login")).size);
  CHECK_FALSE(Features::parse(reply_of("211 no features")).listed);
}
