// Transfers of small files, whose commands go out before the answers that usually come first.
#include "ftp/retrieve.h"
#include "retrieve_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using script::from;
using script::retrieve;

namespace {

Retrieve::Request eager() {
  Retrieve::Request request = from(0);
  request.eager = true;
  return request;
}

Retrieve::Request eager_and_active() {
  Retrieve::Request request = eager();
  request.data.command = DataCommand::eprt;
  request.data.listening = {"127.0.0.1", 5000};
  return request;
}

}  // namespace

TEST_CASE("retr_does_not_wait_for_the_data_connection") {
  retrieve(eager(), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR f
    ! connected
    < 150 go
    < 226 done
    = finish
  )");
}

TEST_CASE("the_150_may_come_before_the_data_connection_is_seen") {  // E7
  const auto talk = retrieve(eager(), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR f
    < 150 go
    ! connected
    < 226 done
    = finish
  )");
  CHECK(talk->conversation().transfer_began());
}

TEST_CASE("an_offset_is_agreed_on_before_retr_all_the_same") {
  Retrieve::Request request = eager();
  request.offset = 9;
  retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 9
    < 350 ok
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
}

TEST_CASE("a_port_that_cannot_be_reached_costs_the_session_that_has_asked") {
  const auto talk = retrieve(eager(), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR f
    ! refused
    = close
    = fail network lost
  )");
  CHECK(talk->conversation().is_over());
}

TEST_CASE("a_file_that_is_not_there_costs_nothing_but_its_transfer") {
  retrieve(eager(), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR f
    ! connected
    < 550 no such file
    = close
    = fail not_found
  )");
}

TEST_CASE("in_active_mode_all_goes_out_together") {
  retrieve(eager_and_active(), R"(
    > EPRT |1|127.0.0.1|5000|
    > RETR f
    < 200 ok
    < 150 go
    ! connected
    < 226 done
    = finish
  )");
}

TEST_CASE("in_active_mode_a_refused_port_costs_the_session") {  // K7
  // The answer to RETR is still to come, and whether the server will connect cannot be told.
  retrieve(eager_and_active(), R"(
    > EPRT |1|127.0.0.1|5000|
    > RETR f
    < 500 what?
    = close
    = fail network lost
  )");
}

TEST_CASE("what_was_said_together_is_owed_together") {
  auto talk = retrieve(eager_and_active(), R"(
    > EPRT |1|127.0.0.1|5000|
    > RETR f
  )");
  CHECK(talk->conversation().reply_owed());
}

TEST_CASE("the_time_is_asked_for_in_the_same_breath") {
  Retrieve::Request request = eager();
  request.asks_time = true;
  const auto talk = retrieve(request, R"(
    > EPSV
    > MDTM f
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR f
    ! connected
    < 213 20240102030405
    < 150 go
    < 226 done
    = finish
  )");
  REQUIRE(talk->conversation().time());
  CHECK(talk->conversation().time()->raw == "20240102030405");
}

TEST_CASE("a_time_that_is_not_told_is_not_known") {
  Retrieve::Request request = eager();
  request.asks_time = true;
  for (const char* refusal : {"< 550 no such file", "< 500 what?", "< 213 soon"}) {
    CAPTURE(refusal);
    const auto talk = retrieve(request, R"(
    > EPSV
    > MDTM f
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR f
    ! connected
)" + std::string(refusal) + R"(
    < 150 go
    < 226 done
    = finish
  )");
    CHECK_FALSE(talk->conversation().time());
  }
}

TEST_CASE("a_name_that_reads_as_a_time_is_not_asked_for_it") {  // G14
  Retrieve::Request request = eager();
  request.asks_time = true;
  request.path = "20240102030405 f";
  retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR 20240102030405 f
    ! connected
    < 150 go
    < 226 done
    = finish
  )");
}

TEST_CASE("without_a_data_connection_what_was_asked_besides_costs_the_session") {
  Retrieve::Request request = from(9);
  request.asks_time = true;
  retrieve(request, R"(
    > EPSV
    > MDTM f
    < 500 what?
    = close
    = fail network lost
  )");
}

TEST_CASE("behind_another_transfer_the_answers_keep_their_order") {  // K3, K5
  Retrieve::Request request = eager();
  request.data.owed = Owed::final_reply;
  retrieve(request, R"(
    > EPSV
    < 226 the one before is done
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RETR f
    ! connected
    < 150 go
    < 226 done
    = finish
  )");
}
