#include "ftp/send_ahead.h"

#include <sstream>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

/// What the conversations send, what goes out for it, and what they are told, as text:
///
///   > SIZE f        a conversation sends this
///   = SIZE f        this is written, and the next line, if any, with it
///   < 213 5         the server says this
///   ! 213 5         the conversation is told
///   = mixed up      a reply did not fit
struct Wire {
  void note(char mark, const std::string& text) { said << mark << ' ' << text << '\n'; }

  void write(const std::vector<Send>& lines) {
    for (const Send& line : lines) note('=', line.line);
  }

  void take() {
    while (const auto answer = ahead.take_answer()) note('!', answer->text());
  }

  void send(const std::string& line) {
    note('>', line);
    write(ahead.send({line}));
    take();
  }

  void hear(const std::string& line) {
    note('<', line);
    Reply reply{std::stoi(line), {line.substr(std::min<size_t>(line.size(), 4))}};
    if (const auto told = ahead.on_reply(std::move(reply))) note('!', told->text());
    if (ahead.mixed_up()) note('=', "mixed up");
    take();
  }

  SendAhead ahead;
  std::ostringstream said;
};

std::vector<Send> lines(std::initializer_list<const char*> texts) {
  std::vector<Send> sent;
  for (const char* text : texts) sent.push_back({text});
  return sent;
}

const auto kAfterLogin = {"FEAT", "TYPE I", "SIZE f", "MDTM f", "EPSV"};

std::string tidy(std::string_view script) {
  std::istringstream in{std::string(script)};
  std::string all;
  for (std::string line; std::getline(in, line);) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin != std::string::npos) all += line.substr(begin) + '\n';
  }
  return all;
}

/// Plays the lines with > and <; the others must come out in the same places.
void play(Wire& wire, std::string_view script) {
  std::istringstream in(tidy(script));
  for (std::string line; std::getline(in, line);) {
    if (line[0] == '>') wire.send(line.substr(2));
    if (line[0] == '<') wire.hear(line.substr(2));
  }
  CHECK(wire.said.str() == tidy(script));
}

void play_after_login(std::string_view script) {
  Wire wire;
  wire.ahead.expect(lines(kAfterLogin));
  play(wire, script);
}

constexpr const char* kBurst = R"(
    > FEAT
    = FEAT
    = TYPE I
    = SIZE f
    = MDTM f
    = EPSV
  )";

constexpr const char* kAnswers = R"(
    < 211 none
    < 200 ok
    < 213 5
    < 213 20200102030405
    < 229 (|||7|)
    ! 211 none
  )";

/// From the connect on; the login's lines and those after it.
Wire begun_from_connect() {
  Wire wire;
  wire.ahead.expect(lines({"USER joe", "PASS x", "FEAT", "TYPE I", "SIZE f", "EPSV"}));
  CHECK(wire.ahead.begin_before_greeting().size() == 6);
  return wire;
}

}  // namespace

TEST_CASE("without_lines_ahead_all_is_handed_through") {
  Wire wire;
  play(wire, R"(
    < 220 hello
    ! 220 hello
    > USER joe
    = USER joe
    < 331 who?
    ! 331 who?
  )");
  CHECK_FALSE(wire.ahead.used());
  CHECK_FALSE(wire.ahead.outstanding());
}

TEST_CASE("expected_lines_go_out_with_the_first_of_them") {
  play_after_login(std::string(R"(
    > USER joe
    = USER joe
    < 230 in
    ! 230 in
  )") + kBurst);
}

TEST_CASE("no_answer_of_a_burst_is_handed_over_before_the_last_is_there") {
  Wire wire;
  wire.ahead.expect(lines(kAfterLogin));
  play(wire, std::string(kBurst) + kAnswers + R"(
    > TYPE I
    ! 200 ok
    > SIZE f
    ! 213 5
    > MDTM f
    ! 213 20200102030405
    > EPSV
    ! 229 (|||7|)
    > RETR f
    = RETR f
    < 150 go
    ! 150 go
  )");
  CHECK(wire.ahead.used());
}

TEST_CASE("what_is_not_asked_for_is_skipped") {
  play_after_login(std::string(kBurst) + kAnswers + R"(
    > EPSV
    ! 229 (|||7|)
    > SIZE f
    = SIZE f
    < 213 6
    ! 213 6
  )");
}

TEST_CASE("a_line_that_was_not_expected_skips_all_that_were") {
  play_after_login(std::string(kBurst) + R"(
    < 211 none
    < 200 ok
    < 550 no
    < 550 no
    < 229 (|||7|)
    ! 211 none
    > TYPE I
    ! 200 ok
    > SIZE f
    ! 550 no
    > CWD f
    = CWD f
    < 550 no
    ! 550 no
    > MDTM f
    = MDTM f
    < 213 20200102030405
    ! 213 20200102030405
  )");
}

TEST_CASE("a_line_behind_unanswered_ones_gets_the_reply_after_theirs") {
  play_after_login(std::string(kBurst) + R"(
    < 211 none
    > NOOP
    = NOOP
    < 200 type
    < 213 5
    < 500 no
    < 229 (|||7|)
    < 200 noop
    ! 200 noop
  )");
}

TEST_CASE("preliminary_replies_end_no_line") {
  play_after_login(std::string(kBurst) + R"(
    < 211 none
    < 110 soon
    < 200 ok
    < 213 5
    < 150 soon
    < 213 20200102030405
    < 229 (|||7|)
    ! 211 none
  )");
}

TEST_CASE("a_421_is_told_at_once_wherever_it_comes") {
  play_after_login(std::string(kBurst) + R"(
    < 211 none
    < 421 bye
    ! 421 bye
  )");
}

TEST_CASE("the_login_is_answered_as_it_goes") {
  Wire wire = begun_from_connect();
  play(wire, R"(
    < 120 soon
    ! 120 soon
    < 220 hello
    ! 220 hello
    > USER joe
    < 331 who?
    ! 331 who?
    > PASS x
    < 530 no
    ! 530 no
  )");
  CHECK(wire.ahead.outstanding());
}

TEST_CASE("a_password_that_is_not_asked_for_is_skipped") {  // B1, B3
  Wire wire = begun_from_connect();
  play(wire, R"(
    < 220 hello
    ! 220 hello
    > USER joe
    < 230 in
    ! 230 in
    > FEAT
    < 202 no need
    < 500 what?
    < 200 ok
    < 213 5
    < 229 (|||7|)
    ! 500 what?
    > TYPE I
    ! 200 ok
  )");
}

TEST_CASE("a_lost_line_leaves_the_burst_outstanding") {  // B20
  for (const char* said : {
           "< 211 none\n< 213 5\n= mixed up\n",                         // of TYPE
           "< 211 none\n< 200 ok\n< 213 20200102030405\n= mixed up\n",  // of SIZE
           "< 211 none\n< 200 ok\n< 213 5\n< 229 (|||7|)\n= mixed up\n",
       }) {
    play_after_login(std::string(kBurst) + said);
  }
  Wire wire;
  wire.ahead.expect(lines(kAfterLogin));
  play(wire, std::string(kBurst) + R"(
    < 500 what?
    < 500 what?
    < 500 what?
    < 500 what?
  )");
  CHECK(wire.ahead.outstanding());
}

TEST_CASE("a_surplus_reply_does_not_fit_the_next_line") {  // A11
  for (const char* said : {
           "< 226 done\n< 211 none\n= mixed up\n",
           "< 211 none\n< 200 ok\n< 200 ok\n= mixed up\n",
           "< 211 none\n< 200 ok\n< 213 5\n< 213 5\n= mixed up\n",
           "< 211 none\n< 200 ok\n< 213 5\n< 213 20200102030405\n< 226 done\n= mixed up\n",
           "< 331 who?\n= mixed up\n",
       }) {
    play_after_login(std::string(kBurst) + said);
  }
}

TEST_CASE("a_login_that_is_out_of_place_is_no_refusal") {  // B20, K6
  for (const char* said : {
           "< 331 who?\n= mixed up\n",
           "< 220 hello\n! 220 hello\n> USER joe\n< 220 hello\n= mixed up\n",
           "< 220 hello\n! 220 hello\n> USER joe\n< 503 Login with USER first\n= mixed up\n",
           "< 220 hello\n! 220 hello\n> USER joe\n< 331 who?\n! 331 who?\n> PASS x\n"
           "< 530 Please login with USER and PASS.\n= mixed up\n",
           "< 220 hello\n! 220 hello\n> USER joe\n< 331 who?\n! 331 who?\n> PASS x\n"
           "< 331 who?\n= mixed up\n",
           "< 220 hello\n! 220 hello\n> USER joe\n< 331 who?\n! 331 who?\n> PASS x\n"
           "< 211 none\n= mixed up\n",
       }) {
    Wire wire = begun_from_connect();
    play(wire, said);
  }
}

TEST_CASE("refusals_fit_every_line_of_a_burst") {  // B10, H6
  play_after_login(std::string(kBurst) + R"(
    < 500 what?
    < 200 ok
    < 550 no
    < 502 what?
    < 522 no
    ! 500 what?
  )");
}

TEST_CASE("forgotten_answers_are_asked_for_anew") {
  Wire wire;
  wire.ahead.expect(lines(kAfterLogin));
  play(wire, std::string(kBurst) + kAnswers);
  wire.ahead.forget();
  wire.said.str("");
  play(wire, R"(
    > SIZE f
    = SIZE f
    < 213 6
    ! 213 6
  )");
}

TEST_CASE("some_greetings_are_known_not_to_bear_pipelining") {  // K2
  CHECK(bears_pipelining({220, {"(vsFTPd 3.0.3)"}}));
  CHECK_FALSE(bears_pipelining({220, {"Microsoft FTP Service"}}));
  CHECK_FALSE(bears_pipelining({220, {"Welcome", "gw FTP server (MikroTik 6.4) ready"}}));
}
