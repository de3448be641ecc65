#include "cli/options.h"

#include <cstdlib>
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

struct WrongLine {
  std::vector<std::string> arguments;
  std::string says;
};

void check_refused(const std::vector<WrongLine>& lines) {
  for (const WrongLine& wrong : lines) {
    const std::string text = refused(wrong.arguments);
    CAPTURE(text);
    CAPTURE(wrong.says);

    CHECK(text.find(wrong.says) != std::string::npos);
  }
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
  CHECK(parsed({kUrl}).fetch.data_mode == DataMode::automatic);
  CHECK(parsed({"--active", kUrl}).fetch.data_mode == DataMode::active);
  CHECK(parsed({"--data-mode", "auto", kUrl}).fetch.data_mode == DataMode::automatic);
  CHECK(parsed({"--data-mode", "active", kUrl}).fetch.data_mode == DataMode::active);
  CHECK(parsed({"--data-mode", "epsv", kUrl}).fetch.data_mode == DataMode::epsv);
  CHECK(parsed({"--data-mode", "pasv", kUrl}).fetch.data_mode == DataMode::pasv);
  CHECK(parsed({"--data-mode", "eprt", kUrl}).fetch.data_mode == DataMode::eprt);
  CHECK(parsed({"--data-mode", "port", kUrl}).fetch.data_mode == DataMode::port);
  CHECK(parsed({"--connect-interval", "2.5", kUrl}).fetch.connect_interval ==
        std::chrono::milliseconds(2'500));
  CHECK(parsed({"--connect-interval", "0", kUrl}).fetch.connect_interval ==
        std::chrono::milliseconds(0));
  CHECK(parsed({"--host-cache", "none", kUrl}).fetch.host_cache.empty());
  CHECK(parsed({"--host-cache", "f.json", kUrl}).fetch.host_cache == "f.json");
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
                                  "--keepalive",
                                  "0",
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
  CHECK(options.fetch.keepalive == std::chrono::milliseconds(0));
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

TEST_CASE("a_typed_proxy_is_checked_at_once_and_not_shown") {
  CHECK(parsed({"--proxy", "socks5h://u:p@h:1", kUrl}).fetch.proxy == "socks5h://u:p@h:1");
  CHECK(parsed({"--proxy=none", kUrl}).fetch.proxy.empty());
  CHECK(parsed({"--proxy=", kUrl}).fetch.proxy.empty());
  for (const char* const url : {"socks4://u:hush@h", "http://u:hush@h:x", "u:hush@"}) {
    const std::string text = refused({"--proxy", url, kUrl});
    CHECK(text.find("hush") == std::string::npos);
    CHECK(text.find("socks5h://HOST:PORT") != std::string::npos);
  }
  CHECK(refused({"status", "a", "--proxy=none"}).find("means nothing") != std::string::npos);
}

TEST_CASE("the_environment_names_a_proxy_when_nobody_types_one") {
  setenv("ftp_proxy", "socks5h://e:1", 1);
  setenv("no_proxy", "a,b", 1);
  CHECK(parsed({kUrl}).fetch.proxy == "socks5h://e:1");
  CHECK(parsed({kUrl}).fetch.no_proxy == "a,b");
  CHECK(parsed({"--proxy=h:2", kUrl}).fetch.proxy == "h:2");
  CHECK(parsed({"--proxy=none", kUrl}).fetch.proxy.empty());
  setenv("ftp_proxy", "what is no proxy", 1);
  CHECK(parsed({"status", "a"}).fetch.proxy == "what is no proxy");
  unsetenv("ftp_proxy");
  unsetenv("no_proxy");
}

TEST_CASE("safety_options_reach_their_members") {
  const FetchOptions usual = parsed({kUrl}).fetch;
  CHECK(usual.durability == Durability::checkpoint);
  CHECK(usual.on_change == OnChange::stop);
  CHECK(usual.checkpoint_interval == std::chrono::seconds(5));
  CHECK_FALSE(usual.keep_digests);

  const FetchOptions fetch =
      parsed({"--durability=segment", "--on-change=append", "--keep-digests", kUrl}).fetch;
  CHECK(fetch.durability == Durability::segment);
  CHECK(fetch.on_change == OnChange::append);
  CHECK(fetch.keep_digests);
  CHECK(parsed({"--durability=none", kUrl}).fetch.durability == Durability::none);
  CHECK(parsed({"--durability=checkpoint", kUrl}).fetch.durability == Durability::checkpoint);
  CHECK(parsed({"--on-change=refetch", kUrl}).fetch.on_change == OnChange::refetch);
  CHECK(parsed({"--on-change=stop", kUrl}).fetch.on_change == OnChange::stop);
}

TEST_CASE("a_checkpoint_may_come_ten_times_a_second") {
  for (const char* const interval : {"0.1", "100ms", "0.1s"}) {
    CAPTURE(interval);
    CHECK(parsed({"--checkpoint-interval", interval, kUrl}).fetch.checkpoint_interval ==
          std::chrono::milliseconds(100));
  }
  CHECK(parsed({"--checkpoint-interval", "1h", kUrl}).fetch.checkpoint_interval ==
        std::chrono::hours(1));
}

TEST_CASE("a_repair_takes_the_options_of_a_connection") {
  const Options options =
      parsed({"verify", "--repair", kUrl, "file", "-n2", "--max-connections=3", "--limit-rate=1M",
              "--retries=1", "--timeout=9", "--connect-timeout=8", "-4", "--user=me",
              "--password-file=pw", "--progress=none", "-v", "--log-file=log"});
  CHECK(options.command->name == "verify");
  CHECK(options.words == std::vector<std::string>{"file"});
  CHECK(options.repair == kUrl);
  CHECK(options.fetch.connections == 2);
  CHECK(options.fetch.limit_rate == 1 << 20);
  CHECK(options.fetch.user == "me");
}

TEST_CASE("what_is_shown_of_a_verification_can_be_chosen_without_a_repair") {
  const Options options =
      parsed({"verify", "a", "b", "--json", "--progress=plain", "-q", "--log-file=log"});
  CHECK(options.words == std::vector<std::string>{"a", "b"});
  CHECK(options.progress == ProgressMode::plain);
  CHECK_FALSE(options.repair);
}

TEST_CASE("more_connections_than_the_default_limit_raise_it") {
  CHECK(parsed({"-n", "32", kUrl}).fetch.max_connections == 32);
  CHECK(refused({"-n", "32", "--max-connections", "8", kUrl}) ==
        "--connections 32 is more than --max-connections 8. Make one fit the other");
}

TEST_CASE("a_wrong_command_line_says_what_to_type") {
  check_refused({
      {{}, "nothing to do. Type ftpull [get] URL"},
      {{"status"}, "nothing to do. Type ftpull status PATH..."},
      {{"--conections", "4", kUrl}, "unknown option --conections; did you mean --connections?"},
      {{"--conections=4", kUrl}, "unknown option --conections; did you mean --connections?"},
      {{"--password=hush", kUrl}, "unknown option --password. See ftpull --help"},
      {{"--tls", "off", kUrl}, "unknown option --tls. See ftpull --help"},
      {{"--insecure", kUrl}, "unknown option --insecure"},
      {{"--data-mode", "passive", kUrl},
       "--data-mode takes auto, active, epsv, pasv, eprt or port (default: auto)"},
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
      {{"--keepalive", "2h", kUrl}, "--keepalive takes 0 to 3600 seconds (default: 30)"},
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
      {{"status", "-n", "4", "file"},
       "--connections means nothing to ftpull status. Leave it out; it"},
      {{"gte", kUrl}, "\"gte\" is neither a command nor a URL; did you mean get?"},
      {{"stats", "file"}, "did you mean status?"},
      {{"fetching"}, "\"fetching\" is neither a command nor a URL. A URL looks like ftp://"},
      {{"bench", kUrl}, "this version cannot do \"ftpull bench\" yet"},
  });
}

TEST_CASE("a_listing_takes_its_own_options_and_those_of_a_connection") {
  const Options options =
      parsed({"ls", "-lR", kUrl, "--json", "-n2", "--max-connections=3", "--connect-interval=1",
              "--host-cache=none", "--retries=1", "--timeout=9", "--connect-timeout=8", "-4",
              "--data-mode=pasv", "--user=me", "--password-file=pw", "-v", "--log-file=log"});
  CHECK(options.command->name == "ls");
  CHECK(options.words == std::vector<std::string>{kUrl});
  CHECK(options.long_listing);
  CHECK(options.recursive);
  CHECK_FALSE(options.features);
  CHECK(options.fetch.connections == 2);
  CHECK(options.fetch.data_mode == DataMode::pasv);
  CHECK(options.fetch.user == "me");
  CHECK(parsed({"ls", "--features", kUrl}).features);
  CHECK_FALSE(parsed({"ls", kUrl}).recursive);
}

TEST_CASE("a_wrong_listing_says_what_to_type") {
  check_refused({
      {{"ls"}, "nothing to do. Type ftpull ls [-l] [-R] URL..."},
      {{"ls", "-o", "f", kUrl}, "--output means nothing to ftpull ls. Leave it out; it is for f"},
      {{"ls", "--limit-rate=1M", kUrl},
       "--limit-rate means nothing to ftpull ls. Leave it out; it is for ftpull get, verify a"},
      {{"ls", "--repair", kUrl, kUrl}, "--repair means nothing to ftpull ls"},
      {{"-l", kUrl}, "--long means nothing to ftpull get. Leave it out; it is for ftpull ls"},
      {{"status", "-n4", "f"}, "Leave it out; it is for ftpull get, verify, ls and mirror"},
      {{"ls", "--features", "-R", kUrl}, "--features and --recursive exclude each other"},
      {{"ls", "--features", "-l", kUrl}, "--features and --long exclude each other"},
      {{"ls", "-q", "-v", kUrl}, "--quiet and --verbose exclude each other"},
  });
}

TEST_CASE("a_wrong_verification_says_what_to_type") {
  check_refused({
      {{"verify"}, "nothing to do. Type ftpull verify [--repair URL] PATH..."},
      {{"verify", "--repair"}, "--repair needs a value. Type --repair URL"},
      {{"verify", "--repair", kUrl}, "nothing to do. Type ftpull verify [--repair URL] PATH..."},
      {{"verify", "--repair", kUrl, "a", "b"}, "--repair is for one file, but 2 are given"},
      {{"verify", "-n", "4", "file"},
       "--connections means nothing to ftpull verify without --repair. Leave it out, or add"},
      {{"verify", "--password-file", "f", "file"},
       "--password-file means nothing to ftpull verify w"},
      {{"verify", "--keep-digests", "file"},
       "--keep-digests means nothing to ftpull verify. Leave it out; it is for ftpull get"},
      {{"verify", "--repair", kUrl, "--restart", "file"},
       "--restart means nothing to ftpull verify."},
      {{"verify", "ftp://me:hush@host/file"},
       "ftp://me:***@host/file is a URL. ftpull verify takes the path of a file that is here"},
      {{"status", kUrl}, "ftp://host/file is a URL. ftpull status takes the path"},
      {{"--repair", kUrl, "a.gz"},
       "--repair means nothing to ftpull get. Leave it out; it is for ftpull verify"},
      {{"verfy", "file"}, "\"verfy\" is neither a command nor a URL; did you mean verify?"},
      {{"verify", "--repare", kUrl, "file"}, "unknown option --repare; did you mean --repair?"},
  });
}

TEST_CASE("a_wrong_safety_option_says_what_to_type") {
  check_refused({
      {{"--on-chang", "stop", kUrl}, "unknown option --on-chang; did you mean --on-change?"},
      {{"--durabilty", "none", kUrl}, "unknown option --durabilty; did you mean --durability?"},
      {{"--keep-digest", kUrl}, "unknown option --keep-digest; did you mean --keep-digests?"},
      {{"--checkpoint-intervall=1", kUrl}, "did you mean --checkpoint-interval?"},
      {{"--on-change", "keep", kUrl},
       "--on-change takes stop, refetch or append (default: stop), not \"keep\""},
      {{"--durability", "all", kUrl},
       "--durability takes none, checkpoint or segment (default: checkpoint), not \"all\""},
      {{"--keep-digests=yes", kUrl}, "--keep-digests takes no value"},
      {{"--checkpoint-interval", "0.05", kUrl},
       "--checkpoint-interval takes 0.1 to 3600 seconds (default: 5), not \"0.05\""},
      {{"--checkpoint-interval", "3601", kUrl}, "--checkpoint-interval takes 0.1 to 3600 seconds"},
      {{"--timeout", "0.5", kUrl}, "--timeout takes 1 to 3600 seconds"},
  });
}

TEST_CASE("help_needs_no_url_and_wins_over_the_words") {
  CHECK(parsed({"--help"}).help);
  CHECK(parsed({"bench", "--help"}).help);
  CHECK(parsed({"-h", "nonsense"}).help);
  CHECK(parsed({"--version"}).version);
}
