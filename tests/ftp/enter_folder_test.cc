#include "ftp/enter_folder.h"

#include "script.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

auto enter(std::string_view path, std::optional<std::string> home, std::string_view script,
           Owed owed = Owed::nothing, std::optional<Iac> iac = {}) {
  return script::run([&] { return EnterFolder(std::string(path), home, owed, iac); },
                     script::with_byte_255(std::string(script)));
}

}  // namespace

TEST_CASE("the_login_folder_is_asked_for_once") {
  const auto talk = enter("pub/data", std::nullopt, R"(
    > PWD
    < 257 "/home" is your current location
    > CWD /home/pub/data
    < 250 ok
    = finish
  )");
  CHECK(talk->conversation().home() == "/home");
  enter("pub/data", "/home", R"(
    > CWD /home/pub/data
    < 200 ok
    = finish
  )");  // B17
}

TEST_CASE("a_name_is_no_option_and_no_pattern") {  // L4, L7
  enter("-la *", "/", R"(
    > CWD /-la *
    < 250 ok
    = finish
  )");
}

TEST_CASE("a_folder_that_is_not_there_is_named") {
  const auto talk = enter("gone", "/", R"(
    > CWD /gone
    < 550 Failed to change directory.
    = fail not_found
  )");
  enter("gone", "/", R"(
    > CWD /gone
    < 450 later
    = fail network
  )");
}

TEST_CASE("without_a_login_folder_there_is_no_way_back") {  // B15
  enter("pub", std::nullopt, R"(
    > PWD
    < 257 whatever
    = fail protocol
  )");
}

TEST_CASE("what_is_owed_is_no_answer_to_pwd") {
  for (const char* owed : {"426 cut", "226 done", "250 done"}) {
    enter("pub", "/home", std::string("> PWD\n< ").append(owed).append(R"(
      < 257 "/elsewhere"
      > CWD /home/pub
      < 250 ok
      = finish
    )"),
          Owed::final_reply);
  }
}

TEST_CASE("a_session_that_ends_on_the_way_is_lost") {
  enter("pub", "/home", R"(
    > CWD /home/pub
    < 421 bye
    = fail network lost
  )");
}

TEST_CASE("paths_are_absolute_from_the_login_folder") {
  CHECK(absolute_path("a", "/") == "/a");
  CHECK(absolute_path("a/b", "/home") == "/home/a/b");
  CHECK(absolute_path("", "/home") == "/home");
  CHECK(absolute_path("/a", "/home") == "/a");
}

TEST_CASE("a_surplus_reply_is_no_answer_to_cwd") {  // A11, D9
  enter("pub", "/home", R"(
    > CWD /home/pub
    < 226 done
    < 250 ok
    = finish
  )",
        Owed::surplus);
}

TEST_CASE("a_500_to_cwd_is_an_answer_once_pwd_has_shown_that_nothing_is_owed") {
  enter("pub", "/home", R"(
    > PWD
    < 426 cut
    < 257 "/elsewhere"
    > CWD /home/pub
    < 500 no
    = fail not_found
  )",
        Owed::final_reply);
}

TEST_CASE("how_a_name_with_0xff_is_to_be_written_is_found_out") {  // L2
  const auto doubled = enter("\xFF", "/", R"(
    > CWD /\xFF\xFF
    < 250 ok
    = finish
  )");
  CHECK(doubled->conversation().iac() == Iac::doubled);
  const auto single = enter("\xFF", "/", R"(
    > CWD /\xFF\xFF
    < 550 no
    > CWD /\xFF
    < 250 ok
    > PWD
    < 257 "/\xFF"
    = finish
  )");
  CHECK(single->conversation().iac() == Iac::single);
  // The server obeys Telnet: it is in another folder.
  const auto other = enter(
      "\xFF"
      "a",
      "/", R"(
    > CWD /\xFF\xFFa
    < 550 no
    > CWD /\xFFa
    < 250 ok
    > PWD
    < 257 "/"
    = fail not_found
  )");
  CHECK_FALSE(other->conversation().iac());
  enter("\xFF", "/", R"(
    > CWD /\xFF\xFF
    < 550 no
    > CWD /\xFF
    < 550 no
    = fail not_found
  )");
}

TEST_CASE("where_that_is_known_nothing_else_is_tried") {
  enter("\xFF", "/", "> CWD /\\xFF\n< 550 no\n= fail not_found\n", Owed::nothing, Iac::single);
  enter("\xFF", "/", "> CWD /\\xFF\\xFF\n< 550 no\n= fail not_found\n", Owed::nothing,
        Iac::doubled);
}
