#include "ftp/inspect.h"

#include "script.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

FileFacts facts(std::string_view script, const char* path = "f") {
  return script::run([path] { return Inspect(path); }, script)->conversation().facts();
}

/// About a file whose name is the byte 255 and ".bin".
Inspect ask_for_byte_255(std::optional<Iac> iac, const std::string& script) {
  return script::run([iac] { return Inspect("\xFF.bin", Owed::nothing, iac); },
                     script::with_byte_255(script))
      ->conversation();
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
  for (const char* reply : {"500 what?", "502 no", "213 unknown", "450 not now"}) {
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
  const auto run = ask_for_byte_255({}, R"(
    > SIZE \xFF\xFF.bin
    < 213 5
    > MDTM \xFF\xFF.bin
    < 500 no
    = finish
  )");
  CHECK(run.facts().size_bytes == 5);
  CHECK(run.iac() == Iac::doubled);
}

TEST_CASE("a_name_that_is_not_found_with_255_doubled_is_asked_for_with_a_single_one") {  // L2
  for (const char* reply : {"550 Could not get file size.", "553 Prohibited file name"}) {
    const auto run = ask_for_byte_255({}, R"(
    > SIZE \xFF\xFF.bin
    < )" + std::string(reply) + R"(
    > SIZE \xFF.bin
    < 213 5
    > SIZE bin
    < 550 no
    > MDTM \xFF.bin
    < 213 20200101000000
    = finish
  )");
    CHECK(run.facts().size_bytes == 5);
    CHECK(run.facts().mdtm);
    CHECK(run.facts().refusal.empty());
    CHECK(run.iac() == Iac::single);
  }
}

TEST_CASE("a_file_that_is_found_because_telnet_took_bytes_of_its_name_away_is_not_taken") {  // L2
  const auto run = ask_for_byte_255({}, R"(
    > SIZE \xFF\xFF.bin
    < 550 first
    > SIZE \xFF.bin
    < 213 5
    > SIZE bin
    < 213 5
    > MDTM \xFF\xFF.bin
    < 550 no
    = finish
  )");
  CHECK_FALSE(run.facts().size_bytes);
  CHECK(run.facts().refusal == "550 first");
  CHECK_FALSE(run.iac());
}

TEST_CASE("a_file_of_another_size_is_another_file") {  // L2
  CHECK(ask_for_byte_255({}, R"(
    > SIZE \xFF\xFF.bin
    < 550 no
    > SIZE \xFF.bin
    < 213 5
    > SIZE bin
    < 213 6
    > MDTM \xFF.bin
    < 500 no
    = finish
  )")
            .iac() == Iac::single);
}

TEST_CASE("a_name_with_255_that_is_found_in_neither_form_is_refused_and_tells_nothing") {  // L2
  const auto run = ask_for_byte_255({}, R"(
    > SIZE \xFF\xFF.bin
    < 550 no
    > SIZE \xFF.bin
    < 550 nor this
    > CWD \xFF\xFF.bin
    < 550 no
    > MDTM \xFF\xFF.bin
    < 550 no
    = finish
  )");
  CHECK(run.facts().refusal == "550 nor this");
  CHECK_FALSE(run.iac());
}

TEST_CASE("a_server_without_size_does_not_tell_how_it_wants_255") {  // L2
  CHECK_FALSE(ask_for_byte_255({}, R"(
    > SIZE \xFF\xFF.bin
    < 500 what?
    > MDTM \xFF\xFF.bin
    < 213 20200101000000
    = finish
  )")
                  .iac());
}

TEST_CASE("where_it_is_known_how_a_server_wants_255_nothing_else_is_tried") {  // L2
  CHECK(ask_for_byte_255(Iac::single, R"(
    > SIZE \xFF.bin
    < 550 no
    > CWD \xFF.bin
    < 550 no
    > MDTM \xFF.bin
    < 550 no
    = finish
  )")
            .iac() == Iac::single);
  CHECK(ask_for_byte_255(Iac::doubled, R"(
    > SIZE \xFF\xFF.bin
    < 550 no
    > CWD \xFF\xFF.bin
    < 550 no
    > MDTM \xFF\xFF.bin
    < 550 no
    = finish
  )")
            .iac() == Iac::doubled);
}

TEST_CASE("names_without_255_tell_nothing_and_are_asked_for_once") {  // L2
  for (const char* path : {"caf\xE9", "f", "\xFF\xFF"}) {
    const std::string wire = with_iac(path, Iac::doubled);
    const auto run = script::run([&] { return Inspect(path); },
                                 "> SIZE " + wire + "\n< 550 no\n> CWD " + wire +
                                     "\n< 550 no\n> MDTM " + wire + "\n< 550 no\n= finish\n");
    CHECK_FALSE(run->conversation().iac());
  }
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

TEST_CASE("what_can_only_end_a_transfer_is_no_answer_to_a_question") {  // A12
  for (const char* late : {"226 done", "426 cut", "225 no transfer"}) {
    CAPTURE(late);
    facts("> SIZE f\n< " + std::string(late) + "\n= fail network lost\n");
    facts("> SIZE f\n< 213 5\n> MDTM f\n< " + std::string(late) + "\n= fail network lost\n");
    // After a transfer one too many is known of (D9, A11).
    const auto run = script::run(
        [] { return Inspect("f", Owed::surplus); },
        "> SIZE f\n< " + std::string(late) + "\n< 213 51\n> MDTM f\n< 500 ?\n= finish\n");
    CHECK(run->conversation().facts().size_bytes == 51);
  }
}

TEST_CASE("what_is_owed_for_a_stopped_transfer_is_not_taken_for_a_size") {  // D1 to D10
  for (const char* owed : {"", "< 226 done", "< 426 stopped\n< 226 aborted", "< 150 4 seconds",
                           "< 451 no", "< 551 no", "< 250 fine", "< 150 go\n< 426 no\n< 226 ok"}) {
    CAPTURE(owed);
    const std::string script =
        "> SIZE f\n" + std::string(owed) + "\n< 213 51\n> MDTM f\n< 213 20200102030405\n= finish\n";
    const auto run = script::run([] { return Inspect("f", Owed::final_reply); }, script);
    CHECK(run->conversation().facts().size_bytes == 51);
    CHECK(run->conversation().facts().mdtm);
  }
}

TEST_CASE("a_size_asked_for_before_the_transfer_has_ended_is_asked_for_again") {
  for (const char* owed : {"< 450 SIZE: data transfer in progress\n< 426 Transfer aborted.",
                           "< 500 Unknown command\n< 150 2.062 seconds (measured here)",
                           "< 500 Unknown command\n< 500 2.062 seconds (measured here)"}) {
    CAPTURE(owed);
    const std::string script = "> SIZE f\n" + std::string(owed) +
                               "\n> SIZE f\n< 213 51\n> MDTM f\n< 213 20200102030405\n= finish\n";
    const auto run = script::run([] { return Inspect("f", Owed::final_reply); }, script);
    CHECK(run->conversation().facts().size_bytes == 51);
    CHECK(run->conversation().facts().mdtm);
  }
}

TEST_CASE("a_refused_size_is_an_answer_although_a_reply_is_owed") {
  const auto run =
      script::run([] { return Inspect("f", Owed::final_reply); },
                  "> SIZE f\n< 550 no\n> CWD f\n< 550 no\n> MDTM f\n< 500 ?\n= finish\n");
  CHECK(run->conversation().facts().refusal == "550 no");
}

TEST_CASE("the_questions_that_are_said_to_be_usual_are_those_that_are_asked") {
  const auto asked = [](const std::string& path, std::optional<Iac> iac) {
    Inspect inspect(path, Owed::nothing, iac);
    std::vector<std::string> lines;
    Actions actions = inspect.start();
    while (const auto* const send = std::get_if<Send>(&actions.at(0))) {
      lines.push_back(send->line);
      actions = inspect.on_reply({213, {"5"}});
    }
    return lines;
  };
  for (const char* path : {"a/f", "20200101000000 name", "\xFF"}) {  // G14, L2
    for (const std::optional<Iac> iac : {std::optional<Iac>(), {Iac::doubled}, {Iac::single}}) {
      std::vector<std::string> usual;
      for (const Send& send : Inspect::usual_lines(path, iac)) usual.push_back(send.line);
      CHECK(asked(path, iac) == usual);
    }
  }
}
