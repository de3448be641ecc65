// Retrieve with RANG.
#include "retrieve_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using script::from;
using script::retrieve;

TEST_CASE("a_range_is_asked_for_in_place_of_an_offset") {  // F14
  Retrieve::Request request = from(9);
  request.rang_end = 20;
  const auto talk = retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RANG 9 19
    ! connected
    < 350 ok
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
  CHECK(talk->conversation().last_restart() == Retrieve::Restart::rang);
  CHECK_FALSE(talk->conversation().rang_failed());
}

TEST_CASE("a_range_may_begin_at_the_start") {
  Retrieve::Request request = from(0);
  request.rang_end = 1;
  retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RANG 0 0
    < 350 ok
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
}

TEST_CASE("a_refused_range_is_fetched_with_rest") {
  for (const char* reply : {"500 what?", "501 no", "502 no", "551 no"}) {
    Retrieve::Request request = from(9);
    request.rang_end = 20;
    const auto talk = retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RANG 9 19
    ! connected
    < )" + std::string(reply) + R"(
    > REST 9
    < 350 ok
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
    CHECK(talk->conversation().rang_failed());
    CHECK(talk->conversation().last_restart() == Retrieve::Restart::rest);
  }
}

TEST_CASE("a_range_that_retr_refuses_says_nothing_of_offsets") {  // F14
  Retrieve::Request request = from(9);
  request.rang_end = 20;
  const auto talk = retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RANG 9 19
    ! connected
    < 350 ok
    > RETR f
    < 554 invalid RANG argument
    = close
    = fail network
  )");
  CHECK(talk->conversation().rang_failed());
}

TEST_CASE("an_earlier_range_is_undone") {
  Retrieve::Request request = from(0);
  request.last_restart = Retrieve::Restart::rang;
  retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > RANG 1 0
    < 350 ok
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
}

TEST_CASE("rest_undoes_an_earlier_range_itself") {
  Retrieve::Request request = from(9);
  request.last_restart = Retrieve::Restart::rang;
  const auto talk = retrieve(request, R"(
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
  CHECK(talk->conversation().last_restart() == Retrieve::Restart::rest);
}
