#include "cli/options.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/command_table.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr const char* kUrl = "ftp://host/file";

Options parsed(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  REQUIRE_MESSAGE(options, (options ? "" : describe(options.error())));
  return *options;
}

std::string refused(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  REQUIRE_FALSE(options);
  CHECK(options.error().kind == ErrorKind::usage);
  const std::string text = describe(options.error());
  CHECK(text.find('\n') == std::string::npos);
  return text;
}

}  // namespace

TEST_CASE("urls_without_a_command_are_for_get") {
  const Options options = parsed({kUrl, "ftp://host/b,c"});
  CHECK(options.command->name == "get");
  CHECK(options.words == std::vector<std::string>{kUrl, "ftp://host/b,c"});
  CHECK(parsed({"get", kUrl}).words == std::vector<std::string>{kUrl});
  CHECK(parsed({"--", kUrl}).words == std::vector<std::string>{kUrl});
}

TEST_CASE("a_command_is_only_the_first_word") {
  const Options options = parsed({"status", "status", "get"});
  CHECK(options.command->name == "status");
  CHECK(options.words == std::vector<std::string>{"status", "get"});
}

TEST_CASE("defaults_are_those_of_the_library") {
  const Options options = parsed({kUrl});
  CHECK(options.fetch.connections == 0);
  CHECK(options.fetch.max_connections == 16);
  CHECK(options.fetch.retries == 5);
  CHECK(options.fetch.timeout == std::chrono::seconds(30));
  CHECK(options.progress == ProgressMode::automatic);
  CHECK_FALSE(options.json);
}

TEST_CASE("options_are_understood_in_every_spelling") {
  CHECK(parsed({"-n", "8", kUrl}).fetch.connections == 8);
  CHECK(parsed({"-n8", kUrl}).fetch.connections == 8);
  CHECK(parsed({"--connections", "8", kUrl}).fetch.connections == 8);
  CHECK(parsed({kUrl, "--connections=8"}).fetch.connections == 8);
  CHECK(parsed({"-n", "auto", kUrl}).fetch.connections == 0);
  CHECK(parsed({"-i", "-"}).input_file == "-");
  const Options grouped = parsed({"-4vo", "name", kUrl});
  CHECK(grouped.fetch.family == AddressFamily::ipv4);
  CHECK(grouped.verbose);
  CHECK(grouped.output == "name");
}

TEST_CASE("every_option_reaches_its_member") {
  const Options options = parsed({"--max-connections",
                                  "9",
                                  "--limit-rate",
                                  "2.5M",
                                  "--segment-size",
                                  "1M",
                                  "--retries",
                                  "0",
                                  "--timeout",
                                  "2m",
                                  "--connect-timeout",
                                  "1.5",
                                  "--user",
                                  "me",
                                  "--password-file",
                                  "secret",
                                  "-6",
                                  "--restart",
                                  "--dry-run",
                                  "--json",
                                  "--progress",
                                  "plain",
                                  "-q",
                                  "--log-file",
                                  "log",
                                  "-d",
                                  "dir",
                                  "-i",
                                  "list"});
  CHECK(options.fetch.max_connections == 9);
  CHECK(options.fetch.limit_rate == 2621440);
  CHECK(options.fetch.segment_size == 1 << 20);
  CHECK(options.fetch.retries == 0);
  CHECK(options.fetch.timeout == std::chrono::minutes(2));
  CHECK(options.fetch.connect_timeout == std::chrono::milliseconds(1500));
  CHECK(options.fetch.user == "me");
  CHECK(options.password_file == "secret");
  CHECK(options.fetch.family == AddressFamily::ipv6);
  CHECK(options.fetch.restart);
  CHECK(options.fetch.dry_run);
  CHECK(options.json);
  CHECK(options.progress == ProgressMode::plain);
  CHECK(options.quiet);
  CHECK(options.log_file == "log");
  CHECK(options.directory == "dir");
  CHECK(options.input_file == "list");
}

TEST_CASE("more_connections_than_the_default_limit_raise_it") {
  CHECK(parsed({"-n", "32", kUrl}).fetch.max_connections == 32);
  CHECK(refused({"-n", "32", "--max-connections", "8", kUrl}) ==
        "--connections 32 is more than --max-connections 8. Make one fit the other");
}

TEST_CASE("a_wrong_command_line_says_what_to_type") {
  struct Case {
    std::vector<std::string> arguments;
    std::string says;
  };
  const std::vector<Case> cases{
      {{}, "nothing to do. Type ftpull [get] URL"},
      {{"status"}, "nothing to do. Type ftpull status PATH..."},
      {{"--conections", "4", kUrl}, "unknown option --conections; did you mean --connections?"},
      {{"--conections=4", kUrl}, "unknown option --conections; did you mean --connections?"},
      {{"--password=hush", kUrl}, "unknown option --password. See ftpull --help"},
      {{"--tls", "off", kUrl}, "unknown option --tls. See ftpull --help"},
      {{"--insecure", kUrl}, "unknown option --insecure"},
      {{"--active", kUrl}, "unknown option --active"},
      {{"--proxy", "x", kUrl}, "unknown option --proxy. See ftpull --help"},
      {{"-x", kUrl}, "unknown option -x"},
      {{"---", kUrl}, "unknown option ---"},
      {{"-\x1b[2J", kUrl}, "unknown option -\\x1b[2J"},
      {{kUrl, "-n"}, "--connections needs a value. Type --connections N: 1 to 64, or auto"},
      {{kUrl, "--output"}, "--output needs a value. Type --output FILE"},
      {{kUrl, "-qo"}, "--output needs a value"},
      {{"-n", "0", kUrl},
       "--connections takes 1 to 64, or auto (default: auto), not \"0\". See ftpull --help"},
      {{"-n", "65", kUrl}, "--connections takes 1 to 64, or auto"},
      {{"-n", "-1", kUrl}, "--connections takes 1 to 64, or auto"},
      {{"-n", "4x", kUrl}, "--connections takes 1 to 64, or auto"},
      {{"--max-connections", "auto", kUrl}, "--max-connections takes 1 to 64 (default: 16)"},
      {{"--limit-rate", "fast", kUrl}, "--limit-rate takes 1K to 1T bytes a second"},
      {{"--limit-rate", "0", kUrl}, "--limit-rate takes 1K to 1T bytes a second"},
      {{"--segment-size", "3M", kUrl}, "--segment-size takes a power of two from 256K to 16M"},
      {{"--segment-size", "128K", kUrl}, "--segment-size takes a power of two"},
      {{"--segment-size", "32M", kUrl}, "--segment-size takes a power of two"},
      {{"--retries", "1001", kUrl}, "--retries takes 0 to 1000 (default: 5)"},
      {{"--timeout", "0", kUrl}, "--timeout takes 1 to 3600 seconds (default: 30)"},
      {{"--connect-timeout", "2h", kUrl},
       "--connect-timeout takes 1 to 3600 seconds (default: 15)"},
      {{"--progress", "json", kUrl}, "--progress takes auto, bar, plain or none (default: auto)"},
      {{"--user", "a\r\nDELE b", kUrl}, "--user takes a name without control characters"},
      {{"--user=", kUrl}, "--user takes a name"},
      {{"-o", "-", kUrl}, "--output takes a file name, not \"-\""},
      {{"-o", "", kUrl}, "--output takes a file name, not \"\""},
      {{"--json=no", kUrl}, "--json takes no value. Type just --json"},
      {{"-o", "a", "-o", "b", kUrl}, "--output is given twice"},
      {{"-o", "a", "-d", "b", kUrl}, "--output and --directory exclude each other"},
      {{"-q", "-v", kUrl}, "--quiet and --verbose exclude each other"},
      {{"status", "-n", "4", "file"}, "--connections means nothing to ftpull status"},
      {{"gte", kUrl}, "\"gte\" is neither a command nor a URL; did you mean get?"},
      {{"stats", "file"}, "did you mean status?"},
      {{"fetching"}, "\"fetching\" is neither a command nor a URL. A URL looks like ftp://"},
      {{"mirror", kUrl}, "this version cannot do \"ftpull mirror\" yet. List the files"},
      {{"bench", kUrl}, "this version cannot do \"ftpull bench\" yet"},
      {{"ls", kUrl}, "this version cannot do \"ftpull ls\" yet"},
      {{"verify", "file"}, "this version cannot do \"ftpull verify\" yet"},
  };
  for (const Case& wrong : cases) {
    const std::string text = refused(wrong.arguments);
    CAPTURE(text);
    CAPTURE(wrong.says);

    CHECK(text.find(wrong.says) != std::string::npos);
  }
}

TEST_CASE("help_needs_no_url_and_wins_over_the_words") {
  CHECK(parsed({"--help"}).help);
  CHECK(parsed({"mirror", "--help"}).help);
  CHECK(parsed({"-h", "nonsense"}).help);
  CHECK(parsed({"--version"}).version);
}
