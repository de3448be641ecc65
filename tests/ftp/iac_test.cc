#include "ftp/iac.h"

#include <doctest/doctest.h>

#include "ftp/action.h"
#include "retrieve_script.h"

using namespace ftpull::ftp;

TEST_CASE("the_byte_255_is_doubled_or_not") {  // L2
  CHECK(with_iac("a\xFF.b\xFF", Iac::doubled) == "a\xFF\xFF.b\xFF\xFF");
  CHECK(with_iac("a\xFF.b\xFF", Iac::single) == "a\xFF.b\xFF");
  for (const Iac iac : {Iac::doubled, Iac::single}) {
    CHECK(with_iac("caf\xE9 \xFE%41", iac) == "caf\xE9 \xFE%41");
  }
  CHECK(command("RETR", "\xFF") == "RETR \xFF\xFF");
  CHECK(command("RETR", "\xFF", Iac::single) == "RETR \xFF");
}

TEST_CASE("two_bytes_255_in_a_row_are_not_told_from_a_doubled_one") {  // L2
  CHECK(has_lone_iac("\xFF"));
  CHECK(has_lone_iac("a\xFF.\xFF"));
  CHECK_FALSE(has_lone_iac("a\xFF\xFF.\xFF"));
  CHECK_FALSE(has_lone_iac("caf\xE9"));
}

TEST_CASE("a_server_that_reads_telnet_takes_the_command_after_255_away") {  // L2
  CHECK(as_telnet_reads("\xFF.bin") == "bin");
  CHECK(as_telnet_reads("a\xFF") == "a");
  CHECK(as_telnet_reads("a\xFF\xFB\x41z") == "az");  // WILL, with its option
  CHECK(as_telnet_reads("a\xFF\xFEz") == "a");
  CHECK(as_telnet_reads("a\xFF\xFAz") == "az");
}

TEST_CASE("the_byte_255_is_sent_as_the_server_is_known_to_want_it") {  // L2
  for (const Iac iac : {Iac::doubled, Iac::single}) {
    Retrieve::Request request = script::from(0);
    request.path = "\xFF";
    request.iac = iac;
    script::retrieve(request,
                     "> EPSV\n< 229 ok (|||1234|)\n= dial 1234 briefly\n! connected\n> RETR " +
                         with_iac("\xFF", iac) + "\n< 150 go\n< 226 done\n= finish\n");
  }
}
