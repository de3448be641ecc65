#include "cli/server_text.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::cli;

TEST_CASE("what_is_known_of_a_server_is_told_in_lines") {
  const ServerFeatures server{"vsFTPd \x1b[1m", {"EPSV", "SIZE"}, 0.0123, 8, 6, true, true, true};
  CHECK(format_features("ftp://host/", server) ==
        "ftp://host/\n"
        "  software     vsFTPd \\x1b[1m\n"
        "  features     EPSV\n"
        "               SIZE\n"
        "  round trip   12.3 ms\n"
        "  connections  at most 8, best with 6\n"
        "  lines ahead  it takes commands without waiting\n"
        "  trouble      EPSV does not work; PASV is used\n"
        "  trouble      RANG does not work; REST is used\n");
}

TEST_CASE("what_is_not_known_of_a_server_is_not_made_up") {
  CHECK(format_features("ftp://host/", {}) ==
        "ftp://host/\n"
        "  software     it does not say\n"
        "  features     it names none\n"
        "  connections  neither a limit nor a best number is known\n"
        "  lines ahead  not known whether it takes commands without waiting\n");
}

TEST_CASE("one_of_two_numbers_of_connections_stands_alone") {
  ServerFeatures server;
  server.best_connections = 6;
  server.takes_lines_ahead = false;
  const std::string text = format_features("ftp://host/", server);
  CHECK(text.find("  connections  best with 6\n") != std::string::npos);
  CHECK(text.find("  lines ahead  one command at a time\n") != std::string::npos);
}
