#include "ftp/enter_folder.h"

#include "script.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

auto enter(std::string_view path, std::optional<std::string> home, std::string_view script,
           bool owed = false) {
  return script::run([&] { return EnterFolder(std::string(path), home, owed); }, script);
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
          true);
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
