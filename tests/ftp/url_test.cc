#include "ftpull/url.h"

#include <doctest/doctest.h>

#include "core/text.h"
#include "corpus.h"

using namespace ftpull;

namespace {

Url parsed(std::string_view text) {
  CAPTURE(text);
  auto url = Url::parse(text);
  REQUIRE(url);
  return *url;
}

Error refused(std::string_view text) {
  CAPTURE(text);
  const auto url = Url::parse(text);
  REQUIRE_FALSE(url);
  CHECK(url.error().kind == ErrorKind::usage);
  return url.error();
}

bool equal_but_password(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port && a.user == b.user &&
         a.path == b.path && a.type == b.type;
}

}  // namespace

TEST_CASE("scheme_and_host_are_lower_case_and_blanks_around_do_not_matter") {
  const Url url = parsed("  FTPS://Ftp.Example.ORG/A\r\n");
  CHECK(url.scheme == Url::Scheme::ftps);
  CHECK(url.port == 990);
  CHECK(url.host == "ftp.example.org");
  CHECK(url.path == "A");
}

TEST_CASE("a_path_is_relative_unless_it_begins_with_a_second_slash") {  // P1, P2
  CHECK(parsed("ftp://h/a/b").path == "a/b");
  CHECK(parsed("ftp://h//a/b").path == "/a/b");
  CHECK(parsed("ftp://h/%2Fa/b").path == "/a/b");
  CHECK(parsed("ftp://h/%2fa//b///c").path == "/a/b/c");
  CHECK(parsed("ftp://h/a/").path == "a/");
}

TEST_CASE("dots_are_removed_only_where_they_are_written_as_such") {
  CHECK(parsed("ftp://h/a/../b/./c").path == "b/c");
  CHECK(parsed("ftp://h/../../b").path == "b");
  CHECK(parsed("ftp://h//../b").path == "/b");
  CHECK(parsed("ftp://h/%2F/../b").path == "/b");
  CHECK(parsed("ftp://h/a/b/..").path == "a/");
  CHECK(parsed("ftp://h/a/%2e%2e/b").path == "a/../b");
  CHECK(parsed("ftp://h/...").path == "...");
}

TEST_CASE("a_question_mark_is_of_the_name_and_a_fragment_is_cut") {  // P7
  CHECK(parsed("ftp://h/a?b#c").path == "a?b");
  CHECK(parsed("ftp://h/a;type=i#c").type == 'i');
  CHECK(parsed("ftp://h/a%23b").path == "a#b");
}

TEST_CASE("the_type_is_a_i_or_d") {  // P6
  CHECK(parsed("ftp://h/a;type=a").type == 'a');
  CHECK(parsed("ftp://h/a;TYPE=I").type == 'i');
  CHECK(parsed("ftp://h/a;type=d").is_folder());
  CHECK(parsed("ftp://h/a;type=d").path == "a");
  CHECK(parsed("ftp://h/a;b").path == "a;b");
  CHECK(parsed("ftp://h/a;type=a/b").path == "a;type=a/b");
  for (const char* text : {"ftp://h/a;type=x", "ftp://h/a;type=", "ftp://h/a;type=ii"}) {
    CHECK(refused(text).message.find("type") != std::string::npos);
  }
}

TEST_CASE("a_folder_is_told_from_a_file") {
  for (const char* text : {"ftp://h", "ftp://h/", "ftp://h/a/", "ftp://h/%2F", "ftp://h/a/%2e",
                           "ftp://h/%2e%2e", "ftp://h/a/.."}) {
    CAPTURE(text);
    CHECK(parsed(text).is_folder());
    CHECK(parsed(text).file_name().empty());
  }
  CHECK_FALSE(parsed("ftp://h/a").is_folder());
  CHECK(parsed("ftp://h/a/b%20c.gz").file_name() == "b c.gz");
  CHECK(parsed("ftp://h/a/b%2Fc").file_name() == "c");
}

TEST_CASE("user_and_password_are_decoded") {  // P8
  const Url url = parsed("ftp://a%40b:p%3Aq:r@s@h/f");
  CHECK(url.user == "a@b");
  CHECK(url.password == "p:q:r@s");
  CHECK(url.host == "h");
  CHECK_FALSE(parsed("ftp://h/f").user);
  CHECK(parsed("ftp://u@h/f").user == "u");
  CHECK_FALSE(parsed("ftp://u@h/f").password);
}

TEST_CASE("an_ipv6_address_stands_in_brackets") {  // P8
  CHECK(parsed("ftp://[2001:DB8::7]:2121/f").host == "2001:db8::7");
  CHECK(parsed("ftp://[2001:db8::7]:2121/f").port == 2121);
  CHECK(parsed("ftp://[fe80::1%25eth0]/f").host == "fe80::1%eth0");
  CHECK(parsed("ftp://[fe80::1%eth0]/f").host == "fe80::1%eth0");
  for (const char* text :
       {"ftp://[::1/f", "ftp://[]/f", "ftp://[1.2.3.4]/f", "ftp://[::1]x/f", "ftp://::1/f",
        "ftp://[fe80::1%25]/f", "ftp://[fe80::1%25a b]/f", "ftp://[fe80::1%25a%0d]/f"}) {
    refused(text);
  }
}

TEST_CASE("a_port_is_from_1_to_65535") {
  CHECK(parsed("ftp://h:1/f").port == 1);
  CHECK(parsed("ftp://h:65535/f").port == 65535);
  CHECK(parsed("ftp://h:/f").port == 21);
  for (const char* text : {"ftp://h:0/f", "ftp://h:65536/f", "ftp://h:-1/f", "ftp://h:x/f",
                           "ftp://h:99999999999999999999/f"}) {
    CHECK(refused(text).message.find("port") != std::string::npos);
    CHECK(refused(text).hint == "Write ftp://HOST:PORT/PATH, or leave :PORT out");
  }
}

TEST_CASE("control_characters_are_refused_everywhere") {  // P9, L1
  for (const char* text :
       {"ftp://h/%00", "ftp://h/a%0d", "ftp://h/a%0ab", "ftp://h/a%7f", "ftp://h/a%1b",
        "ftp://u%0d:p@h/f", "ftp://u:p%0a@h/f", "ftp://h%0d/f", "ftp://h/a\rb", "ftp://h/a\nb",
        "ftp://h/a\x1b", "ftp://u:\x01@h/f", "ftp://h/f;type=a%0d", "ftp://h/%0d/../f"}) {
    refused(text);
  }
  refused(std::string_view("ftp://h/a\0b", 11));
}

TEST_CASE("a_bad_escape_is_an_error_that_names_its_place") {
  CHECK(refused("ftp://h/ab%zz").message.find("character 11") != std::string::npos);
  CHECK(refused("ftp://h/ab%4").message.find("character 11") != std::string::npos);
  CHECK(refused("ftp://h/%").message.find("%25") == std::string::npos);
  CHECK(refused("ftp://h/%").hint.find("%25") != std::string::npos);
}

TEST_CASE("what_is_not_an_ftp_url_gets_a_hint") {
  CHECK(refused("ftp.gnu.org/gnu/a.gz").hint == "Write ftp://ftp.gnu.org/gnu/a.gz");
  CHECK(refused("ftp:/h/f").hint == "Write ftp://HOST/PATH");
  CHECK(refused("https://h/f").hint.find("ftps://") != std::string::npos);
  CHECK(refused("sftp://h/f").message.find("sftp") != std::string::npos);
  refused("");
  refused("   ");
  refused("ftp://");
  refused("ftp:///f");
  refused("ftp://u@/f");
  refused("://h/f");
  refused("ftp://h\xc3\xb6st/f");
  refused("ftp://h/" + std::string(9000, 'x'));
}

TEST_CASE("no_error_tells_a_password") {
  for (const char* text :
       {"ftp://u:s3cret@h:0/f", "ftp://u:s3cret%zz@h/f", "ftp://u:s3cret%0a@h/f",
        "ftp://u:s3cret word@h/f", "ftp://u:s3cret#x@h/f", "ftp://u:s3cret/x@h/f", "u:s3cret@h/f",
        "u:s3cret://x@h/f", "ftp:u:s3cret@h/f", "http://u:s3cret@h/f", "ftp://u:s3cret@h\xc3\xb6/f",
        "ftp://u:s3cret@/f", "ftp://u:s3cret@h/%zz", "ftp://u:s3cret@h/f;type=x",
        "ftp://u:s3cret@[h/f"}) {
    const Error error = refused(text);
    CHECK_FALSE(contains_ignoring_case(describe(error), "s3cret"));
  }
}

TEST_CASE("an_error_is_one_clean_line") {
  const std::string text = describe(refused("ftp://h/\x1b[31m\xff"));
  CHECK(text == for_display(text));
}

TEST_CASE("without_password_reads_back_as_the_same_url") {
  std::vector<std::string> texts = {"ftp://h/a%3Btype=a",
                                    "ftp://h/%2e%2e/%2e/f",
                                    "ftp://u:p@[fe80::1%25eth0]:99/%2Fa/b/",
                                    "ftps://h:21/a%25b%3Fc%23d",
                                    "ftp://h/a%ff%20b;type=i",
                                    "ftp://:p@h/%2F",
                                    "ftp://a%2Fb:p@h/x@y",
                                    "ftp://h:990/f"};
  for (const auto& line : corpus::load("urls.jsonl")) texts.push_back(line["url"]);
  size_t checked = 0;
  for (const std::string& text : texts) {
    const auto url = Url::parse(text);
    if (!url) continue;
    CAPTURE(text);
    const std::string written = url->without_password();
    CAPTURE(written);
    const Url again = parsed(written);
    CHECK(equal_but_password(again, *url));
    CHECK_FALSE(again.password);
    CHECK(again.without_password() == written);
    ++checked;
  }
  CHECK(checked > 60);
}

TEST_CASE("without_password_is_plain_where_it_can_be") {
  CHECK(parsed("FTP://u:p@H:21/a/b.gz").without_password() == "ftp://u@h/a/b.gz");
  CHECK(parsed("ftp://h//etc/f;type=A").without_password() == "ftp://h/%2Fetc/f;type=a");
  CHECK(parsed("ftp://[::1]:2121/").without_password() == "ftp://[::1]:2121/");
}
