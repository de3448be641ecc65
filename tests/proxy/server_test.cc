#include "proxy/server.h"

#include <doctest/doctest.h>

using namespace ftpull;
using proxy::Server;

TEST_CASE("a_proxy_url_is_read_as_curl_reads_it") {
  CHECK(Server::parse("proxy")->text() == "http://proxy:1080");
  CHECK(Server::parse(" proxy:3128/ ")->text() == "http://proxy:3128");
  CHECK(Server::parse("http://proxy")->text() == "http://proxy:1080");
  CHECK(Server::parse("SOCKS5h://[::1]:9")->text() == "socks5h://[::1]:9");
  CHECK(Server::parse("socks5h://[::1]")->host == "::1");
  const auto server = Server::parse("socks5://us%40er:p%3aw@h:1");
  REQUIRE(server);
  CHECK(server->kind == Server::Kind::socks5);
  CHECK(server->user == "us@er");
  CHECK(server->password == "p:w");
  CHECK(server->text() == "socks5://h:1");
  CHECK_FALSE(Server::parse("http://h")->user);
  CHECK(Server::parse("http://u@h")->password.empty());
}

TEST_CASE("only_socks5_leaves_names_to_us") {
  CHECK_FALSE(Server::parse("socks5://h")->looks_names_up());
  CHECK(Server::parse("socks5h://h")->looks_names_up());
  CHECK(Server::parse("http://h")->looks_names_up());
}

TEST_CASE("what_is_no_proxy_url_is_refused_without_its_password") {
  for (const char* url :
       {"socks4://u:hush@h", "https://u:hush@h", "socks://u:hush@h", "http://u:hush@",
        "http://u:hush@h:0", "http://u:hush@h:65536", "http://u:hush@h:", "http://u:hush@h:1x",
        "http://u:hush%4@h", "http://u:hush%zz@h", "http://u:hush%+1@h", "http://u:hush@[::1",
        "http://u:hush@[::1]1", "http://u:hush@a b", "http://u:hush@a\nb", "u:hush/@h", "hush://h",
        "", "://"}) {
    CAPTURE(url);
    const auto server = Server::parse(url);
    REQUIRE_FALSE(server);
    CHECK(server.error().kind == ErrorKind::usage);
    CHECK(server.error().hint.find("--proxy none") != std::string::npos);
    const bool is_scheme = std::string_view(url).starts_with("hush");
    CHECK((describe(server.error()).find("hush") != std::string::npos) == is_scheme);
  }
}

TEST_CASE("a_login_that_socks_cannot_say_is_refused") {
  const std::string longest(255, 'x');
  CHECK(Server::parse("socks5://" + longest + ":" + longest + "@h"));
  CHECK_FALSE(Server::parse("socks5://" + longest + "x@h"));
  CHECK_FALSE(Server::parse("socks5h://u:" + longest + "x@h"));
  CHECK(Server::parse("http://u:" + longest + "x@h"));
  CHECK_FALSE(Server::parse("http://u:" + std::string(2048, 'x') + "@h"));
}
