#include "ftp/login.h"

#include "script.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

auto anonymous(std::string_view script) {
  return script::run([] { return Login(Credentials{}); }, script);
}

auto joe(std::string_view script) {
  return script::run([] { return Login(Credentials{"joe", script::kSecret}); }, script);
}

std::string line_of(const Actions& actions) {
  REQUIRE(actions.size() == 1);
  return std::get<Send>(actions[0]).line;
}

Error error_of(const Actions& actions) {
  REQUIRE(actions.size() == 1);
  return std::get<Fail>(actions[0]).error;
}

}  // namespace

TEST_CASE("login_sends_what_the_server_asks_for_and_one_thing_at_a_time") {
  const auto talk = joe(R"(
    < 220-Welcome
    < to this server
    < 220 ready
    > USER joe
    < 331 password please
    > PASS ***
    < 230 in
    > FEAT
    < 211-Features:
    <  SIZE
    <  UTF8
    < 211 End
    > TYPE I
    < 200 ok
    > OPTS UTF8 ON
    < 200 ok
    = finish
  )");
  CHECK(talk->conversation().features().size);
  CHECK_FALSE(talk->conversation().limit());
}

TEST_CASE("the_password_goes_to_the_server_as_it_is") {
  Login login({"joe", "a b%\xC3\xA4"});
  CHECK(line_of(login.on_reply({220, {""}})) == "USER joe");
  CHECK(line_of(login.on_reply({331, {""}})) == "PASS a b%\xC3\xA4");
}

TEST_CASE("without_a_user_the_login_is_anonymous") {
  Login login({});
  CHECK(line_of(login.on_reply({220, {""}})) == "USER anonymous");
  CHECK(line_of(login.on_reply({331, {""}})).find('@') != std::string::npos);
}

TEST_CASE("a_greeting_230_needs_no_user") {  // B1
  anonymous(R"(
    < 230 you are in
    > FEAT
    < 211 none
    > TYPE I
    < 200 ok
    = finish
  )");
}

TEST_CASE("a_120_is_waited_out") {  // B2
  anonymous(R"(
    < 120 ready in 2 minutes
    < 220 ready
    > USER anonymous
    < 331 pw
    > PASS ***
    < 230 in
    > FEAT
    < 211 none
    > TYPE I
    < 200 ok
    = finish
  )");
}

TEST_CASE("any_success_to_user_skips_the_password") {  // B3
  for (const char* code : {"230 in", "200 fine", "232 ok"}) {
    joe(R"(
    < 220 ready
    > USER joe
    < )" +
        std::string(code) +
        R"(
    > FEAT
    < 211 none
    > TYPE I
    < 200 ok
    = finish
  )");
  }
}

TEST_CASE("any_success_to_the_password_is_a_login") {  // B4
  for (const char* code : {"202 superfluous", "220 ok", "230-Hi\n< 230 in"}) {
    joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < )" +
        std::string(code) +
        R"(
    > FEAT
    < 502 no
    > TYPE I
    < 200 ok
    = finish
  )");
  }
}

TEST_CASE("an_account_is_a_login_error") {  // B5
  joe(R"(
    < 220 ready
    > USER joe
    < 332 account please
    = fail login lost
  )");
  joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < 332 account please
    = fail login lost
  )");
}

TEST_CASE("a_wrong_password_is_a_login_error_with_a_hint") {
  joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < 530 Login incorrect.
    = fail login lost
  )");
  Login login({"joe", "secret"});
  login.on_reply({220, {""}});
  login.on_reply({331, {""}});
  const Error error = error_of(login.on_reply({530, {"Login incorrect."}}));
  CHECK(error.reply == "530 Login incorrect.");
  CHECK(error.hint.find("\"joe\"") != std::string::npos);
}

TEST_CASE("a_refused_user_name_is_a_login_error") {
  anonymous(R"(
    < 220 ready
    > USER anonymous
    < 530 no anonymous here
    = fail login lost
  )");
}

TEST_CASE("a_password_that_the_server_repeats_is_not_shown") {
  joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < 500 'PASS hunter2': command not understood
    = fail login lost
  )");
  joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < 230 in
    > FEAT
    < 500 what
    > TYPE I
    < 504 no, hunter2
    = fail protocol lost
  )");
}

TEST_CASE("a_530_about_numbers_is_a_limit") {  // B6, C3
  const auto talk = joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < 530 Sorry, the maximum number of clients (3) for this user are already connected.
    = fail busy lost
  )");
  CHECK(talk->conversation().limit() == 3);
}

TEST_CASE("a_530_that_asks_to_come_later_is_no_wrong_password") {  // B6, B8
  joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < 530 temporarily not available, try again later
    = fail network lost
  )");
}

TEST_CASE("a_4xx_in_the_login_is_transient") {  // B7
  for (const char* reply : {"430 no", "421 bye", "450 not now"}) {
    joe(R"(
    < 220 ready
    > USER joe
    < )" +
        std::string(reply) +
        R"(
    = fail network lost
  )");
    joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < )" +
        std::string(reply) +
        R"(
    = fail network lost
  )");
  }
}

TEST_CASE("a_full_house_is_told_by_its_words") {  // B18, C1, C2, C4
  CHECK(anonymous(R"(
    < 421 Too many connections (8) from this IP
    = fail busy lost
  )")
            ->conversation()
            .limit() == 8);
  CHECK_FALSE(anonymous(R"(
    < 421 There are too many connected users, please try later.
    = fail busy lost
  )")
                  ->conversation()
                  .limit());
  CHECK(joe(R"(
    < 220 ready
    > USER joe
    < 331 pw
    > PASS ***
    < 421 I can't accept more than 5 connections as the same user
    = fail busy lost
  )")
            ->conversation()
            .limit() == 5);
}

TEST_CASE("feat_may_be_unknown_or_refused") {  // B9, B10
  for (const char* reply : {"500 what?", "502 no", "530 not before login", "211 none"}) {
    const auto talk = anonymous(R"(
    < 230 in
    > FEAT
    < )" + std::string(reply) +
                                R"(
    > TYPE I
    < 200 ok
    = finish
  )");
    CHECK_FALSE(talk->conversation().features().utf8);
  }
}

TEST_CASE("any_answer_to_opts_utf8_will_do") {  // B11
  for (const char* reply : {"200 ok", "202 ok", "200 Always in UTF8 mode", "500 no", "501 no",
                            "502 no", "504 no", "451 no", "350 go on", "120 wait\n< 200 ok"}) {
    anonymous(R"(
    < 230 in
    > FEAT
    < 211-Features:
    < 211-UTF8
    < 211 End
    > TYPE I
    < 200 ok
    > OPTS UTF8 ON
    < )" + std::string(reply) +
              R"(
    = finish
  )");
  }
}

TEST_CASE("any_success_to_type_will_do") {  // B16
  anonymous(R"(
    < 230 in
    > FEAT
    < 211 none
    > TYPE I
    < 226 Kind of on the positive side!
    = finish
  )");
}

TEST_CASE("without_binary_transfers_nothing_can_be_fetched") {
  anonymous(R"(
    < 230 in
    > FEAT
    < 211 none
    > TYPE I
    < 504 no
    = fail protocol lost
  )");
}

TEST_CASE("a_greeting_that_is_no_greeting_ends_the_login") {  // A13
  anonymous(R"(
    < 500 go away
    = fail protocol lost
  )");
  anonymous(R"(
    < 633 c2VjcmV0
    = fail protocol lost
  )");
  anonymous(R"(
    < HTTP/1.1 400 Bad Request
    = not FTP
  )");
  anonymous(R"(
    < 220 ready
    > USER anonymous
    < 633 c2VjcmV0
    = fail login lost
  )");
}

TEST_CASE("a_421_at_any_step_is_a_lost_connection") {  // A14
  anonymous(R"(
    < 230 in
    > FEAT
    < 421 Timeout.
    = fail network lost
  )");
  anonymous(R"(
    < 230 in
    > FEAT
    < 211 none
    > TYPE I
    < 421 Timeout.
    = fail network lost
  )");
}

TEST_CASE("the_lines_that_are_said_to_be_usual_are_those_that_are_sent") {
  for (const Credentials& who : {Credentials{}, Credentials{"joe", "x"}}) {
    Login login(who);
    std::vector<Send> usual = Login::login_lines(who);
    for (const Send& line : Login::setup_lines({})) usual.push_back(line);
    CHECK_FALSE(login.greeted());
    for (const Reply& reply : {Reply{220, {""}}, Reply{331, {""}}, Reply{230, {""}},
                               Reply{211, {"", "UTF8", ""}}, Reply{200, {""}}}) {
      CHECK(login.logged_in() == (reply.code == 211 || reply.code == 200));
      const Actions actions = login.on_reply(reply);
      CHECK(login.greeted());
      REQUIRE(actions.size() == 1);
      const auto& sent = std::get<Send>(actions[0]);
      CHECK(sent.line == usual.front().line);
      CHECK(sent.secret == usual.front().secret);
      usual.erase(usual.begin());
    }
    CHECK(usual.empty());
  }
}

TEST_CASE("features_that_are_known_are_not_asked_for") {
  Features features;
  for (const bool utf8 : {true, false}) {
    features.utf8 = utf8;
    features.rang_stream = true;
    const auto talk = script::run([&] { return Login(Credentials{}, features); }, std::string(R"(
    < 220 ready
    > USER anonymous
    < 230 in
    > TYPE I
    < 200 ok
  )") + (utf8 ? "> OPTS UTF8 ON\n< 200 ok\n= finish" : "= finish"));
    CHECK(talk->conversation().features().rang_stream);
    CHECK(Login::setup_lines(features).size() == (utf8 ? 2 : 1));
  }
}

TEST_CASE("compression_is_asked_for_where_it_is_wanted_and_offered") {  // N1, N2, N8
  struct Row {
    bool wanted;
    const char* offers;
    const char* answer;  // null: not asked
    bool compressed;
  };
  for (const Row& row : {Row{true, "MODE Z", "200 ok", true}, Row{false, "MODE Z", nullptr, false},
                         Row{true, "MLST", nullptr, false},
                         Row{true, "MODE Z", "504 Unable to handle MODE Z at this time", false},
                         Row{true, "MODE Z", "120 wait\n< 200 ok", true}}) {
    const std::string asked =
        row.answer ? std::string("> MODE Z\n< ") + row.answer + "\n= finish" : "= finish";
    const auto talk =
        script::run([&] { return Login(Credentials{}, std::nullopt, row.wanted); }, std::string(R"(
    < 230 in
    > FEAT
    < 211-Features:
    < )") + row.offers +
                                                                                        R"(
    < 211 End
    > TYPE I
    < 200 ok
    )" + asked);
    CHECK(talk->conversation().compressed() == row.compressed);
  }
}
