#include "ftp/data_opening.h"

#include <fmt/format.h>

#include "retrieve_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using script::from;
using script::retrieve;

namespace {

Retrieve::Request with(DataCommand command, uint64_t offset = 0) {
  Retrieve::Request request = from(offset);
  request.data.command = command;
  DataOpening::Endpoint endpoint;
  endpoint.host = "192.0.2.7";
  endpoint.port = 0x1234;
  request.data.listening = endpoint;
  return request;
}

Retrieve::Request with_only(DataCommand command) {
  Retrieve::Request request = with(command);
  request.data.may_change = false;
  return request;
}

bool extended_failed(const Retrieve::Request& request, std::string_view script) {
  return retrieve(request, script)->conversation().opening().extended_failed();
}

}  // namespace

TEST_CASE("in_active_mode_retr_waits_for_no_connection") {
  retrieve(with(DataCommand::eprt, 9), R"(
    > EPRT |1|192.0.2.7|4660|
    < 200 ok
    > REST 9
    < 350 ok
    > RETR f
    ! connected
    < 150 go
    < 226 done
    = finish
  )");
  retrieve(with(DataCommand::eprt), R"(
    > EPRT |1|192.0.2.7|4660|
    < 200 ok
    > RETR f
    < 150 go
    ! connected
    < 226 done
    = finish
  )");
}

TEST_CASE("a_refused_eprt_is_followed_by_port") {  // H16
  for (const char* refusal : {"500 ?", "501 no", "502 no", "522 no", "550 Permission denied."}) {
    const std::string script = fmt::format(R"(
      > EPRT |1|192.0.2.7|4660|
      < {}
      > PORT 192,0,2,7,18,52
      < 200 ok
      > RETR f
      < 150 go
      < 226 done
      = finish
    )",
                                           refusal);
    CHECK(extended_failed(with(DataCommand::eprt), script));
  }
}

TEST_CASE("where_the_server_may_not_connect_the_user_is_told_another_way") {  // H16
  retrieve(with(DataCommand::port), R"(
    > PORT 192,0,2,7,18,52
    < 500 Illegal PORT command.
    = close
    = fail usage
  )");
}

TEST_CASE("over_ipv6_eprt_has_the_address_as_it_is_and_no_fall_back") {
  Retrieve::Request request = with(DataCommand::eprt);
  request.data.ipv6 = true;
  request.data.listening->host = "2001:db8::7";
  request.data.listening->port = 21;
  CHECK_FALSE(extended_failed(request, R"(
    > EPRT |2|2001:db8::7|21|
    < 522 no
    = close
    = fail usage
  )"));
}

TEST_CASE("only_the_wanted_command_is_sent") {
  CHECK_FALSE(extended_failed(with_only(DataCommand::epsv), R"(
    > EPSV
    < 502 no
    = close
    = fail usage
  )"));
  CHECK_FALSE(extended_failed(with_only(DataCommand::pasv), R"(
    > PASV
    < 502 no
    = close
    = fail usage
  )"));
  CHECK_FALSE(extended_failed(with_only(DataCommand::eprt), R"(
    > EPRT |1|192.0.2.7|4660|
    < 502 no
    = close
    = fail usage
  )"));
}

TEST_CASE("what_is_refused_for_now_is_no_mistake_of_the_user") {
  retrieve(with_only(DataCommand::epsv), R"(
    > EPSV
    < 450 later
    = close
    = fail network
  )");
  retrieve(with(DataCommand::port), R"(
    > PORT 192,0,2,7,18,52
    < 425 no
    = close
    = fail busy
  )");
}

TEST_CASE("the_port_of_an_epsv_that_must_do_gets_the_usual_time") {
  CHECK_FALSE(extended_failed(with_only(DataCommand::epsv), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234
    ! refused
    = close
    = fail network
  )"));
}

TEST_CASE("want_of_room_on_this_machine_is_no_reason_for_another_command") {
  DataOpening opening({});
  opening.start();
  opening.on_reply({229, {"229 ok (|||7|)"}});
  opening.on_refused({ErrorKind::busy, "too many open files", {}, {}});
  const Actions actions = opening.try_again();
  REQUIRE(actions.size() == 2);
  REQUIRE(std::holds_alternative<Fail>(actions[1]));
  CHECK(std::get<Fail>(actions[1]).error.kind == ErrorKind::busy);
  CHECK_FALSE(opening.extended_failed());
}

TEST_CASE("what_is_owed_comes_before_the_answer_to_eprt") {  // D9, D10
  Retrieve::Request request = with(DataCommand::eprt);
  request.data.owed = Owed::final_reply;
  constexpr const char* kAgain =
      "450 EPRT: data transfer in progress\n< 426 cut\n"
      "> EPRT |1|192.0.2.7|4660|";
  for (const char* owed : {"426 cut", "226 done", "250 done", kAgain}) {
    retrieve(request, fmt::format(R"(
      > EPRT |1|192.0.2.7|4660|
      < {}
      < 200 ok
      > RETR f
      < 150 go
      < 226 done
      = finish
    )",
                                  owed));
  }
}
