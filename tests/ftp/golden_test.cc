// Real servers' own words (tests/golden), played to the conversations.
#include <map>

#include <doctest/doctest.h>

#include "ftp/inspect.h"
#include "ftp/login.h"
#include "ftp/passive.h"
#include "ftp/retrieve.h"
#include "transcript.h"

using namespace ftpull;
using namespace ftpull::ftp;
using golden::Transcript;

namespace {

const std::vector<std::string> kServers{"vsftpd", "proftpd", "pure-ftpd", "pyftpdlib",
                                        "inetutils-ftpd"};

/// What became of a conversation.
struct Outcome {
  bool finished = false;
  bool dialed = false;
  std::optional<Fail> failure;
  std::string unanswered;  // the last line that the transcript has no answer to

  bool ended() const { return finished || failure; }
};

/// Plays until the conversation ends or waits for something else than a reply.
template <class Conversation>
class Player {
 public:
  Player(Conversation& conversation, Transcript& transcript)
      : conversation_(conversation), transcript_(transcript) {}

  void hear(const std::vector<Reply>& replies) {
    for (const Reply& reply : replies) act(conversation_.on_reply(reply));
  }
  void act(const Actions& actions) {
    for (const Action& action : actions) {
      if (const auto* line = std::get_if<Send>(&action)) {
        const auto answers = transcript_.answers_to(line->line);
        if (answers.empty()) outcome.unanswered = line->line;
        hear(answers);
      } else if (std::holds_alternative<OpenData>(action)) {
        outcome.dialed = true;
        if constexpr (requires { conversation_.on_data_connected(); }) {
          act(conversation_.on_data_connected());
        }
      } else if (std::holds_alternative<Finish>(action)) {
        outcome.finished = true;
      } else if (const auto* failure = std::get_if<Fail>(&action)) {
        outcome.failure = *failure;
      }
    }
  }

  Outcome outcome;

 private:
  Conversation& conversation_;
  Transcript& transcript_;
};

Outcome fetch(Retrieve& retrieve, Transcript& transcript, const std::vector<Reply>& owed = {}) {
  Player player(retrieve, transcript);
  const Actions begun = retrieve.start();
  player.hear(owed);
  player.act(begun);
  return player.outcome;
}

Outcome inspect(Inspect& conversation, Transcript& transcript) {
  Player player(conversation, transcript);
  player.act(conversation.start());
  return player.outcome;
}

Outcome log_in(Login& login, Transcript& transcript) {
  Player player(login, transcript);
  player.act(login.start());
  player.hear(transcript.greeting());
  return player.outcome;
}

std::vector<Reply> parse(std::string_view bytes, size_t step) {
  ReplyParser parser;
  std::vector<Reply> replies;
  for (size_t at = 0; at < bytes.size(); at += step) {
    REQUIRE(parser.feed(bytes.substr(at, step)));
    while (auto reply = parser.next()) replies.push_back(*reply);
  }
  CHECK_FALSE(parser.has_buffered());
  return replies;
}

}  // namespace

TEST_CASE("recorded_replies_are_the_same_in_pieces_of_any_size") {
  const auto names = Transcript::names("");
  CHECK(names.size() >= 40);
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string bytes = Transcript(name).server_bytes();
    const auto whole = parse(bytes, bytes.size());
    CHECK(!whole.empty());
    for (const size_t step : {1, 2, 3, 7, 64}) CHECK(parse(bytes, step) == whole);
  }
}

TEST_CASE("each_server_lets_us_in") {
  struct Offers {
    bool mlst, utf8;
  };
  const std::map<std::string, Offers> offers{{"vsftpd", {false, false}},
                                             {"proftpd", {true, true}},
                                             {"pure-ftpd", {true, true}},
                                             {"pyftpdlib", {true, true}},
                                             {"inetutils-ftpd", {false, false}}};
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-login");
    Login login({});
    const Outcome outcome = log_in(login, transcript);
    CHECK(outcome.finished);
    CHECK(outcome.unanswered == "");
    CHECK(login.features().mlst == offers.at(server).mlst);
    CHECK(login.features().utf8 == offers.at(server).utf8);
  }
}

TEST_CASE("each_server_tells_size_and_time_of_a_file") {
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-facts");
    for (const auto& [name, size] :
         std::map<std::string, uint64_t>{{"small.bin", 1000}, {"empty.bin", 0}}) {
      (void)transcript.greeting();  // from the beginning
      Inspect conversation(name);
      CHECK(inspect(conversation, transcript).finished);
      CHECK(conversation.facts().size_bytes == size);
      REQUIRE(conversation.facts().mdtm);
      CHECK(conversation.facts().mdtm->unix_seconds == 1'600'000'000);
    }
  }
}

TEST_CASE("what_is_missing_or_no_file_has_no_size") {
  for (const std::string& server : kServers) {
    for (const std::string name : {"missing.bin", "folder"}) {
      CAPTURE(server);
      CAPTURE(name);
      Transcript transcript(server + "-facts");
      Inspect conversation(name);
      // What it asks then was not recorded.
      CHECK(inspect(conversation, transcript).unanswered == "CWD " + name);
      CHECK_FALSE(conversation.facts().size_bytes);
      CHECK_FALSE(conversation.facts().refusal.empty());
    }
  }
}

TEST_CASE("each_server_sends_whole_files_one_after_the_other") {
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-whole");
    for (const std::string name : {"small.bin", "empty.bin"}) {
      Retrieve retrieve({.path = name});
      CHECK(fetch(retrieve, transcript).finished);
      CHECK_FALSE(retrieve.reply_owed());
    }
  }
}

TEST_CASE("each_server_begins_at_an_offset") {
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-rest");
    for (const uint64_t offset : {300, 1000}) {
      Retrieve retrieve({.path = "small.bin", .offset = offset});
      CHECK(fetch(retrieve, transcript).finished);
      CHECK(retrieve.last_restart() == Retrieve::Restart::rest);
    }
  }
}

TEST_CASE("a_session_goes_on_after_an_early_close_on_each_server") {  // D1 to D4, D9, D10
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-early-close");
    Retrieve first({.path = "large.bin"});
    CHECK_FALSE(fetch(first, transcript).ended());
    CHECK(first.reply_owed());
    Retrieve second({.path = "large.bin", .data = {.owed = Owed::final_reply}});
    CHECK_FALSE(fetch(second, transcript, transcript.after_close()).ended());
    CHECK(second.transfer_began());
    CHECK(second.reply_owed());
    Retrieve third({.path = "small.bin", .offset = 300, .data = {.owed = Owed::final_reply}});
    CHECK(fetch(third, transcript, transcript.after_close()).finished);
    CHECK(third.final_reply()->code == 226);
  }
}

TEST_CASE("a_command_that_comes_before_the_server_has_seen_the_close_is_obeyed_in_the_end") {
  // J5, K3: 450 and 426 (ProFTPD), 500 and 500 (Pure-FTPd), 229 at once (pyftpdlib), after the 426
  // (vsftpd, inetutils).
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-early-command");
    Retrieve first({.path = "large.bin"});
    CHECK_FALSE(fetch(first, transcript).ended());
    Retrieve second({.path = "small.bin", .data = {.owed = Owed::final_reply}});
    Player player(second, transcript);
    player.act(second.start());
    player.hear(transcript.after_close());
    CHECK(player.outcome.dialed);
    CHECK_FALSE(second.opening().extended_failed());
    CHECK_FALSE(player.outcome.failure);
  }
}

TEST_CASE("each_server_refuses_what_it_cannot_send_and_we_say_why") {
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-refused");
    for (const std::string name : {"missing.bin", "folder", "secret.bin"}) {
      CAPTURE(name);
      Retrieve retrieve({.path = name});
      const Outcome outcome = fetch(retrieve, transcript);
      if (server == "pyftpdlib" && name == "secret.bin") continue;  // run by root it may read that
      REQUIRE(outcome.failure);
      CHECK(outcome.failure->error.kind == ErrorKind::not_found);
      CHECK_FALSE(outcome.failure->error.reply.empty());
    }
  }
}

TEST_CASE("too_many_connections_are_told_from_a_wrong_password") {  // C1, C3, C4
  const auto names = Transcript::names("-too-many");
  CHECK(names.size() == 3);
  for (const std::string& name : names) {
    CAPTURE(name);
    Transcript transcript(name);
    Login login({});
    const Outcome outcome = log_in(login, transcript);
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->error.kind == ErrorKind::busy);
  }
}

TEST_CASE("each_server_names_its_data_port") {
  for (const std::string& server : kServers) {
    CAPTURE(server);
    Transcript transcript(server + "-passive");
    const auto extended = transcript.answers_to("EPSV");
    REQUIRE(extended.size() == 1);
    CHECK(parse_epsv(extended.front()) == 40'000);
    const auto plain = transcript.answers_to("PASV");
    REQUIRE(plain.size() == 1);
    const auto address = parse_pasv(plain.front());
    REQUIRE(address);
    CHECK(address->port == 40'000);
  }
}
