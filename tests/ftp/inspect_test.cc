#include "ftp/inspect.h"

#include "script.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

FileFacts facts(std::string_view script, const char* path = "f") {
  return script::run([path] { return Inspect(path); }, script)->conversation().facts();
}

}  // namespace

TEST_CASE("inspect_asks_for_size_and_time") {
  const FileFacts file = facts(R"(
    > SIZE f
    < 213 5000000000
    > MDTM f
    < 213 20200102030405.678
    = finish
  )");
  CHECK(file.size_bytes == 5000000000);  // G8
  REQUIRE(file.mdtm);
  CHECK(file.mdtm->raw == "20200102030405.678");  // G9
  CHECK(file.refusal.empty());
}

TEST_CASE("sizes_come_in_many_forms") {  // G4, G7
  for (const char* reply : {"213 51", "220 51", "250 51", "213 file: 213, Size =51"}) {
    CAPTURE(reply);
    CHECK(facts(R"(
    > SIZE f
    < )" + std::string(reply) +
                R"(
    > MDTM f
    < 500 what?
    = finish
  )")
              .size_bytes == 51);
  }
}

TEST_CASE("a_server_that_knows_no_size_is_no_error") {  // G2
  for (const char* reply : {"500 what?", "502 no", "213 unknown", "450 not now", "226 late"}) {
    CAPTURE(reply);
    const FileFacts file = facts(R"(
    > SIZE f
    < )" + std::string(reply) +
                                 R"(
    > MDTM f
    < 550 no
    = finish
  )");
    CHECK_FALSE(file.size_bytes);
    CHECK_FALSE(file.mdtm);  // G13
    CHECK(file.refusal.empty());
  }
}

TEST_CASE("a_size_of_0_is_passed_on") {  // G5
  CHECK(facts(R"(
    > SIZE f
    < 213 0
    > MDTM f
    < 213 20080908
    = finish
  )")
            .size_bytes == 0);
}

TEST_CASE("a_550_to_size_may_be_a_folder") {              // G3, O1
  for (const char* reply : {"250 there", "200 there"}) {  // B17
    facts(R"(
    > SIZE f
    < 550 not a plain file
    > CWD f
    < )" + std::string(reply) +
          R"(
    = fail usage lost
  )");
  }
}

TEST_CASE("a_550_to_size_of_no_folder_is_kept_as_the_refusal") {
  const FileFacts file = facts(R"(
    > SIZE f
    < 550 f: No such file
    > CWD f
    < 550 f: No such file or directory
    > MDTM f
    < 550 f: No such file
    = finish
  )");
  CHECK_FALSE(file.size_bytes);
  CHECK(file.refusal == "550 f: No such file");
}

TEST_CASE("a_name_that_reads_as_a_time_is_not_asked_for_with_mdtm") {  // G14
  CHECK(facts(R"(
    > SIZE 20200101000000 f
    < 213 5
    = finish
  )",
              "20200101000000 f")
            .size_bytes == 5);
  facts(R"(
    > SIZE 20200101000000
    < 213 5
    > MDTM 20200101000000
    < 213 20200101000000
    = finish
  )",
        "20200101000000");
}

TEST_CASE("the_byte_255_in_a_name_is_doubled") {  // L2
  facts(
      "> SIZE a\xFF\xFF"
      "b\n< 213 5\n> MDTM a\xFF\xFF"
      "b\n< 500 no\n= finish\n",
      "a\xFF"
      "b");
}

TEST_CASE("a_421_to_size_is_a_lost_connection") {  // A14
  facts(R"(
    > SIZE f
    < 421 Timeout.
    = fail network lost
  )");
  facts(R"(
    > SIZE f
    < 213 5
    > MDTM f
    < 421 Timeout.
    = fail network lost
  )");
}

TEST_CASE("what_is_owed_for_a_stopped_transfer_is_not_taken_for_a_size") {  // D1 to D10
  for (const char* owed : {"", "< 226 done", "< 426 stopped\n< 226 aborted", "< 150 4 seconds",
                           "< 451 no", "< 551 no", "< 250 fine", "< 150 go\n< 426 no\n< 226 ok"}) {
    CAPTURE(owed);
    const std::string script =
        "> SIZE f\n" + std::string(owed) + "\n< 213 51\n> MDTM f\n< 213 20200102030405\n= finish\n";
    const auto run = script::run([] { return Inspect("f", true); }, script);
    CHECK(run->conversation().facts().size_bytes == 51);
    CHECK(run->conversation().facts().mdtm);
  }
}

TEST_CASE("a_refused_size_is_an_answer_although_a_reply_is_owed") {
  const auto run =
      script::run([] { return Inspect("f", true); },
                  "> SIZE f\n< 550 no\n> CWD f\n< 550 no\n> MDTM f\n< 500 ?\n= finish\n");
  CHECK(run->conversation().facts().refusal == "550 no");
}

TEST_CASE("the_questions_that_are_said_to_be_usual_are_those_that_are_asked") {
  const auto asked = [](const std::string& path) {
    Inspect inspect(path);
    std::vector<std::string> lines;
    Actions actions = inspect.start();
    while (const auto* const send = std::get_if<Send>(&actions.at(0))) {
      lines.push_back(send->line);
      actions = inspect.on_reply({213, {"5"}});
    }
    return lines;
  };
  for (const char* path : {"a/f", "20200101000000 name"}) {  // G14
    std::vector<std::string> usual;
    for (const Send& send : Inspect::usual_lines(path)) usual.push_back(send.line);
    CHECK(asked(path) == usual);
  }
}
