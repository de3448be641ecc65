#include "ftp/retrieve.h"

#include "retrieve_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using script::from;
using script::retrieve;

TEST_CASE("retr_from_the_start_sends_no_rest") {
  const auto talk = retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
  const Retrieve& retr = talk->conversation();
  CHECK(retr.transfer_began());
  CHECK(retr.final_reply()->code == 226);
  CHECK_FALSE(retr.reply_owed());
  CHECK(retr.last_restart() == Retrieve::Restart::none);
  CHECK_FALSE(retr.opening().extended_failed());
}

TEST_CASE("rest_comes_right_before_retr") {  // F11
  const auto talk = retrieve(from(5000000000), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 5000000000
    ! connected
    < 350 ok
    > RETR f
    < 125 go
    < 250 done
    = finish
  )");                                       // E5, E6
  CHECK(talk->conversation().last_restart() == Retrieve::Restart::rest);
}

TEST_CASE("retr_waits_for_the_data_connection") {
  retrieve(from(9), R"(
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

TEST_CASE("any_success_to_rest_is_a_yes") {  // F1
  for (const char* reply : {"350 ok", "331 ok", "300 ok", "200 ok", "250 ok"}) {
    CAPTURE(reply);
    retrieve(from(9), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 9
    < )" + std::string(reply) +
                          R"(
    ! connected
    > RETR f
    < 226 done
    = finish
  )");
  }
}

TEST_CASE("each_attempt_has_a_port_and_an_offset_of_its_own") {  // F10, H12, H17
  Retrieve::Request request = from(9);
  request.last_restart = Retrieve::Restart::rest;
  for (const char* refusal : {"425 Use PORT or PASV first.", "426 no"}) {
    CAPTURE(refusal);
    const auto talk = retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 9
    < 350 ok
    ! connected
    > RETR f
    < )" + std::string(refusal) +
                                            R"(
    = close
    = fail network
  )");
    request.last_restart = talk->conversation().last_restart();
  }
}

TEST_CASE("a_reply_is_owed_from_retr_to_the_final_reply") {
  CHECK(retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    ! connected
    > RETR f
  )")
            ->conversation()
            .reply_owed());
  const auto talk = retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    ! connected
    > RETR f
    < 150 go
  )");
  CHECK(talk->conversation().reply_owed());
  CHECK(talk->conversation().transfer_began());
  CHECK_FALSE(talk->conversation().final_reply());
}

TEST_CASE("epsv_refused_falls_back_to_pasv") {  // H6
  for (const char* reply : {"500 what?", "501 no", "502 no", "522 no", "314 what", "550 denied",
                            "229 without a port"}) {
    CAPTURE(reply);
    const auto talk = retrieve(from(0), R"(
    > EPSV
    < )" + std::string(reply) + R"(
    > PASV
    < 227 Entering Passive Mode (10,0,0,1,4,210)
    = dial 1234
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
    CHECK(talk->conversation().opening().extended_failed());
  }
}

TEST_CASE("a_host_known_to_refuse_epsv_is_asked_for_pasv") {
  Retrieve::Request request = from(0);
  request.data.command = DataCommand::pasv;
  retrieve(request, R"(
    > PASV
    < 227 (10,0,0,1,4,210)
    = dial 1234
    ! refused
    = close
    = fail network
  )");
}

TEST_CASE("a_port_of_epsv_that_cannot_be_reached_falls_back_to_pasv") {  // H7
  const auto talk = retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    ! refused
    = close
    > PASV
    < 227 (10,0,0,1,0,9)
    = dial 9
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
  CHECK(talk->conversation().opening().extended_failed());
}

TEST_CASE("a_dial_refused_while_rest_is_out_waits_for_its_answer") {
  retrieve(from(9), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 9
    ! refused
    < 350 ok
    = close
    > PASV
    < 227 (10,0,0,1,0,8)
    = dial 8
    > REST 9
    < 350 ok
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
}

TEST_CASE("two_refused_dials_end_it_with_a_usable_session") {
  retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    ! refused
    = close
    > PASV
    < 227 (10,0,0,1,0,9)
    = dial 9
    ! refused
    = close
    = fail network
  )");
}

TEST_CASE("ipv6_has_no_pasv") {  // H4
  Retrieve::Request request = from(0);
  request.data.ipv6 = true;
  retrieve(request, R"(
    > EPSV
    < 500 what?
    = close
    = fail network
  )");
  retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234
    ! refused
    = close
    = fail network
  )");
}

TEST_CASE("no_room_for_a_data_connection_is_busy") {  // C8
  retrieve(from(0), R"(
    > EPSV
    < 425 no ports left
    = close
    = fail busy
  )");
}

TEST_CASE("an_earlier_rest_is_undone") {  // F9
  Retrieve::Request request = from(0);
  request.last_restart = Retrieve::Restart::rest;
  for (const char* reply : {"350 ok", "501 no"}) {
    retrieve(request, R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 0
    < )" + std::string(reply) +
                          R"(
    ! connected
    > RETR f
    < 150 go
    < 226 done
    = finish
  )");
  }
}

TEST_CASE("a_refused_offset_is_no_restart") {  // F2
  for (const char* reply : {"500 what?", "501 no", "502 no", "504 no", "550 no"}) {
    retrieve(from(9), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 9
    < )" + std::string(reply) +
                          R"(
    = close
    = fail no_restart
  )");
  }
}

TEST_CASE("an_offset_refused_for_now_is_not_no_restart") {
  retrieve(from(9), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 9
    < 450 not now
    = close
    = fail network
  )");
}

TEST_CASE("what_a_refused_retr_means_is_told_by_code_and_words") {
  const std::pair<const char*, const char*> cases[] = {
      {"550 f: No such file", "not_found"},
      {"550 Permission denied.", "not_found"},
      {"553 prohibited name", "not_found"},
      {"550 I can only retrieve regular files", "not_found"},             // O5
      {"451 f: Too many transfers", "busy"},                              // C7
      {"450 Temporarily failed to open file", "network"},                 // O3
      {"451 Append/Restart not permitted, try again", "no_restart"},      // F8
      {"554 REST: invalid REST argument", "no_restart"},                  // F6
      {"522 SSL/TLS required on the data channel", "tls"},                // I11
      {"425 Unable to build data connection: Not permitted", "network"},  // H13
      {"350 what", "network"},
  };
  for (const auto& [reply, kind] : cases) {
    CAPTURE(reply);
    retrieve(from(9), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    > REST 9
    < 350 ok
    ! connected
    > RETR f
    < )" + std::string(reply) +
                          R"(
    = close
    = fail )" + kind);
  }
}

TEST_CASE("words_about_restarts_mean_nothing_at_offset_0") {
  retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||7|)
    = dial 7 briefly
    ! connected
    > RETR f
    < 451 Restart not permitted, try again
    = close
    = fail network
  )");
}

TEST_CASE("a_421_to_retr_is_a_lost_connection") {  // A14
  retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||7|)
    = dial 7 briefly
    ! connected
    > RETR f
    < 421 Timeout.
    = close
    = fail network lost
  )");
}

TEST_CASE("a_226_without_a_150_ends_a_transfer_that_began") {  // E4, F7
  const auto talk = retrieve(from(9), R"(
    > EPSV
    < 229 ok (|||7|)
    = dial 7 briefly
    > REST 9
    < 350 ok
    ! connected
    > RETR f
    < 226 Nothing left to download
    = finish
  )");
  CHECK(talk->conversation().transfer_began());
}

TEST_CASE("a_second_preliminary_reply_changes_nothing") {
  retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||7|)
    = dial 7 briefly
    ! connected
    > RETR f
    < 150-Accepted data connection
    < 150 303557.4 kbytes to download
    < 150 still going
    < 226-File successfully transferred
    < 226 0.006 seconds (measured here), 2.4 Gbytes per second
    = finish
  )");  // A15
}

TEST_CASE("a_refusal_in_the_transfer_is_its_final_reply") {  // D1, E8, E13
  for (const char* reply :
       {"426 broken", "425 no data connection", "451 local error", "550 gone", "551 gone"}) {
    const auto talk = retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||7|)
    = dial 7 briefly
    ! connected
    > RETR f
    < 150 go
    < )" + std::string(reply) + R"(
    = finish
  )");
    CHECK(talk->conversation().final_reply()->text() == reply);
  }
}

TEST_CASE("an_answer_to_nothing_loses_the_session") {  // A12
  retrieve(from(0), R"(
    > EPSV
    < 229 ok (|||7|)
    = dial 7 briefly
    < 200 what?
    = close
    = fail protocol lost
  )");
}

TEST_CASE("a_late_226_in_place_of_an_answer_to_epsv_does_not_stay_unnoticed") {  // A12
  retrieve(from(0), R"(
    > EPSV
    < 226 late
    > PASV
    < 229 ok (|||7|)
    = close
    = fail network lost
  )");
}
