#include "ftp/owed_replies.h"

#include "ftp/retrieve.h"
#include "retrieve_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using script::from;
using script::retrieve;

namespace {

Retrieve::Request with_owed_reply() {
  Retrieve::Request request = from(0);
  request.data.owed = Owed::final_reply;
  return request;
}

constexpr const char* kDialedWithoutOffset = R"(
    = dial 7 briefly
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )";

}  // namespace

TEST_CASE("the_reply_owed_for_a_stopped_transfer_is_swallowed_in_every_form") {  // D1-D10
  const char* const forms[] = {
      "",                                                  // D3: none at all
      "< 426 Failure writing network stream.",             // D2
      "< 451 Link to file server lost",                    // D1
      "< 450 Transfer aborted.",                           //
      "< 226 Transfer complete",                           // D10
      "< 250 ok",                                          //
      "< 550 gone",                                        //
      "< 551 aborted",                                     //
      "< 150 4.611 seconds (measured here)",               // D3
      "< 426 Aborted\n< 226 Abort successful",             // D4, D5
      "< 426 ABORT\n< 226 Transfer aborted",               // D6
      "< 226 done\n< 225 No transfer to ABOR.",            // D7
      "< 226 done\n< 226 done",                            // A11
      "< 150 go\n< 426 Aborted\n< 226 Abort successful",   //
      "< 426-Aborted\n< 150 inside\n< 426 after 5 bytes",  // A3
  };
  for (const char* form : forms) {
    CAPTURE(form);
    retrieve(with_owed_reply(),
             "> EPSV\n" + std::string(form) + "\n< 229 ok (|||7|)\n" + kDialedWithoutOffset);
  }
}

TEST_CASE("after_a_transfer_one_reply_too_many_is_swallowed") {  // A11, D9
  Retrieve::Request request{.path = "f"};
  request.data.owed = Owed::surplus;
  for (const char* surplus : {"", "< 226 done\n", "< 225 ok\n", "< 426 cut\n< 226 done\n"}) {
    CAPTURE(surplus);
    retrieve(request,
             "> EPSV\n" + std::string(surplus) + "< 229 ok (|||7|)\n" + kDialedWithoutOffset);
  }
  // Nothing is still to come: a 500 is the answer.
  retrieve(request, R"(
    > EPSV
    < 500 what?
    > PASV
    < 500 what?
    = close
    = fail network
  )");
}

TEST_CASE("epsv_refused_while_a_reply_is_owed_is_told_from_that_reply") {
  for (const char* reply : {"501 no", "502 no", "522 no"}) {
    CAPTURE(reply);
    for (const char* form : {"", "< 426 Aborted\n", "< 150 go\n< 226 done\n"}) {
      retrieve(with_owed_reply(), "> EPSV\n" + std::string(form) + "< " + reply + R"(
    > PASV
    < 227 (10,0,0,1,0,9)
    = dial 9
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
    }
  }
}

TEST_CASE("the_owed_reply_may_come_after_epsv_was_refused") {
  retrieve(with_owed_reply(), R"(
    > EPSV
    < 502 what?
    > PASV
    < 426 Aborted
    < 227 (10,0,0,1,0,9)
    = dial 9
    ! connected
    > RETR f
    < 226 done
    = finish
  )");
}

TEST_CASE("epsv_refused_before_the_transfer_has_ended_is_sent_again") {
  const char* const forms[] = {
      "< 450 EPSV: data transfer in progress\n< 426 Transfer aborted.",  // ProFTPD
      "< 500 Unknown command\n< 150 2.068 seconds (measured here)",      // Pure-FTPd
      "< 500 Unknown command\n< 500 2.068 seconds (measured here)",      //
      "< 450 EPSV: data transfer in progress\n< 226 Transfer complete",  //
  };
  for (const char* form : forms) {
    CAPTURE(form);
    retrieve(with_owed_reply(), "> EPSV\n" + std::string(form) + "\n> EPSV\n< 229 ok (|||7|)\n" +
                                    kDialedWithoutOffset);
  }
}

TEST_CASE("epsv_refused_after_the_transfer_has_ended_is_not_sent_again") {
  retrieve(with_owed_reply(), R"(
    > EPSV
    < 426 Aborted
    < 500 EPSV not understood
    > PASV
    < 227 (10,0,0,1,0,9)
    = dial 9
    ! connected
    > RETR f
    < 226 done
    = finish
  )");
}

TEST_CASE("only_three_owed_replies_are_swallowed") {
  retrieve(with_owed_reply(), R"(
    > EPSV
    < 150 go
    < 426 Aborted
    < 226 done
    < 425 no ports left
    = close
    = fail busy
  )");
}

TEST_CASE("a_421_is_never_swallowed") {
  retrieve(with_owed_reply(), R"(
    > EPSV
    < 421 Timeout.
    = close
    = fail network lost
  )");
}
