#include <fmt/format.h>

#include "ftp/retrieve.h"
#include "retrieve_script.h"

using namespace ftpull;
using namespace ftpull::ftp;
using script::retrieve;

namespace {

using Command = Retrieve::Command;

Retrieve::Request of(Command command, std::string path = "pub") {
  Retrieve::Request request;
  request.path = std::move(path);
  request.command = command;
  return request;
}

/// What comes of the answer to MLSD or LIST.
auto answered(Command command, std::string_view answer) {
  return retrieve(of(command), fmt::format(R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    ! connected
    > {}
    {}
  )",
                                           command == Command::mlsd ? "MLSD pub" : "LIST", answer));
}

}  // namespace

TEST_CASE("mlsd_has_the_path_and_list_has_none") {
  for (const Command command : {Command::mlsd, Command::list}) {
    const auto talk = answered(command, "< 150 go\n< 226 done\n= finish");
    CHECK_FALSE(talk->conversation().is_empty_folder());
  }
  retrieve(of(Command::mlsd, ""), R"(
    > EPSV
    < 229 ok (|||1234|)
    = dial 1234 briefly
    ! connected
    > MLSD
    < 150 go
    < 226 done
    = finish
  )");
}

TEST_CASE("a_server_without_mlsd_is_found_out") {
  for (const char* refusal : {"500 Unknown command.", "502 no", "504 no"}) {
    const auto talk =
        answered(Command::mlsd, fmt::format("< {}\n= close\n= fail network", refusal));
    CHECK(talk->conversation().mlsd_failed());
  }
  CHECK_FALSE(
      answered(Command::list, "< 502 no\n= close\n= fail not_found")->conversation().mlsd_failed());
}

TEST_CASE("an_empty_folder_may_be_refused") {  // E10
  for (const char* refusal : {"450 No files found", "550 No members found."}) {
    const auto talk = answered(Command::list, fmt::format("< {}\n= close\n= finish", refusal));
    CHECK(talk->conversation().is_empty_folder());
  }
  const auto late = answered(Command::list, "< 150 go\n< 450 No files found\n= close\n= finish");
  CHECK(late->conversation().is_empty_folder());
}

TEST_CASE("a_missing_folder_may_be_a_success") {  // E11
  answered(Command::list,
           "< 150 go\n"
           "< 226 Transfer done (but failed to open directory).\n"
           "= close\n= fail not_found");
}

TEST_CASE("a_folder_that_is_refused_is_not_there_or_not_now") {
  answered(Command::mlsd, "< 550 No such file or directory\n= close\n= fail not_found");
  answered(Command::mlsd, "< 550 Permission denied\n= close\n= fail not_found");
  answered(Command::list, "< 451 local error\n= close\n= fail network");
  answered(Command::list, "< 425 cannot connect\n= close\n= fail network");
  answered(Command::list, "< 451 Too many transfers\n= close\n= fail busy");
}

TEST_CASE("a_listing_that_ends_badly_is_for_its_reader_to_judge") {
  const auto talk = answered(Command::list, "< 150 go\n< 426 cut\n= finish");
  CHECK(talk->conversation().final_reply()->code == 426);
}
