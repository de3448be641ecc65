#include "cli/mirror_options.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/command_table.h"
#include "cli/options.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr const char* kUrl = "ftp://host/pub/";

Options parsed(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  REQUIRE_MESSAGE(options, (options ? "" : describe(options.error())));
  return *options;
}

MirrorOptions mirror(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"mirror", kUrl};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return parsed(all).mirror.options;
}

void check_refused(std::vector<std::string> arguments, const std::string& says) {
  const auto options = parse_options(arguments);
  CAPTURE(says);
  REQUIRE_FALSE(options);
  CHECK(options.error().kind == ErrorKind::usage);
  const std::string text = describe(options.error());
  CAPTURE(text);
  CHECK(text.find(says) != std::string::npos);
}

/// "+a -b".
std::string as_text(const std::vector<MirrorRule>& rules) {
  std::string text;
  for (const MirrorRule& rule : rules) {
    text += (text.empty() ? "" : " ") + std::string(rule.include ? "+" : "-") + rule.pattern;
  }
  return text;
}

std::string rules_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{"mirror", kUrl};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto rules = read_rules(parsed(all).mirror.filters);
  REQUIRE_MESSAGE(rules, (rules ? "" : describe(rules.error())));
  return as_text(*rules);
}

std::string bad_rules(const std::string& file) {
  const auto rules = read_rules({{Filter::Kind::file, file}});
  REQUIRE_FALSE(rules);
  CHECK(rules.error().kind == ErrorKind::usage);
  return describe(rules.error());
}

}  // namespace

TEST_CASE("defaults_of_a_mirror_are_those_of_the_library") {
  const MirrorOptions options = mirror({});
  CHECK_FALSE(options.remove);
  CHECK(options.max_remove == 1000);
  CHECK(options.links == MirrorLinks::copy);
  CHECK(options.times);
  CHECK_FALSE(options.permissions);
  CHECK_FALSE(options.depth);
  CHECK(options.manifest.empty());
}

TEST_CASE("every_option_of_a_mirror_reaches_its_member") {
  const MirrorOptions options = mirror(
      {"--min-size=1K", "--max-size", "2G", "--depth=100", "--delete", "--max-delete=0", "--trash",
       "old", "--links=follow", "--times=off", "--permissions", "--manifest=m", "--checksum"});
  CHECK(options.min_size_bytes == 1024);
  CHECK(options.max_size_bytes == uint64_t{2} << 30);
  CHECK(options.depth == 100);
  CHECK(options.remove);
  CHECK(options.max_remove == 0);
  CHECK(options.trash == "old");
  CHECK(options.links == MirrorLinks::follow);
  CHECK_FALSE(options.times);
  CHECK(options.permissions);
  CHECK(options.manifest == "m");
  CHECK(options.checksum);
  CHECK(mirror({"--links=skip"}).links == MirrorLinks::skip);
  CHECK(mirror({"--links=copy"}).links == MirrorLinks::copy);
  CHECK(mirror({"--times=on"}).times);
  CHECK(parsed({"mirror", kUrl, "--loop=15m"}).mirror.loop == std::chrono::minutes(15));
  CHECK(parsed({"mirror", kUrl, "--loop=7d"}).mirror.loop == std::chrono::hours(168));
}

TEST_CASE("a_mirror_takes_the_options_of_a_fetch_that_make_sense") {
  const Options options = parsed({"mirror",
                                  kUrl,
                                  "dir",
                                  "-n2",
                                  "--max-connections=3",
                                  "--limit-rate=1M",
                                  "--segment-size=1M",
                                  "--durability=none",
                                  "--checkpoint-interval=1",
                                  "--dry-run",
                                  "--json",
                                  "--progress=none",
                                  "-v",
                                  "--log-file=log",
                                  "--host-cache=none",
                                  "--retries=1",
                                  "--user=me",
                                  "--proxy=none",
                                  "--compress",
                                  "--keepalive=0"});
  CHECK(options.command->name == "mirror");
  CHECK(options.words == std::vector<std::string>{kUrl, "dir"});
  CHECK(options.fetch.dry_run);
  CHECK(options.fetch.durability == Durability::none);
  for (const char* const option : {"-o=f", "-d=d", "-i=f", "--restart", "--on-change=stop",
                                   "--keep-digests", "-R", "--features", "--repair=ftp://h/f"}) {
    check_refused({"mirror", kUrl, option}, "means nothing to ftpull mirror. Leave it out");
  }
}

TEST_CASE("options_of_a_mirror_are_for_nothing_else") {
  check_refused({kUrl, "--delete"},
                "--delete means nothing to ftpull get. Leave it out; it is for "
                "ftpull mirror");
  check_refused({"ls", kUrl, "--include=a"}, "--include means nothing to ftpull ls");
  check_refused({kUrl, "--manifest=m"}, "it is for ftpull verify and mirror");
}

TEST_CASE("a_schedule_of_rates_is_read_at_once") {
  const Options options = parsed({"mirror", kUrl, "--bwlimit-schedule", "08:00,1M 18:00,off"});
  const std::vector<RateStep> steps{{480, 1 << 20}, {1080, 0}};
  CHECK(options.fetch.rate_schedule == steps);
  CHECK(parsed({kUrl, "--bwlimit-schedule", "08:00,1M"}).fetch.rate_schedule.size() == 1);
  check_refused({"mirror", kUrl, "--bwlimit-schedule", "08:00,1M", "--limit-rate=1M"},
                "--limit-rate and --bwlimit-schedule exclude each other");
  check_refused({"mirror", kUrl, "--bwlimit-schedule", "sometimes"}, ".");
}

TEST_CASE("a_wrong_mirror_says_what_to_type") {
  check_refused({"mirror"}, "nothing to do. Type ftpull mirror URL [DIR]");
  check_refused({"mirror", kUrl, "ftp://me:hush@host/"},
                "ftp://me:***@host/ is a URL. ftpull mirror takes one URL, and the path of a");
  check_refused({"miror", kUrl}, "did you mean mirror?");
  check_refused({"mirror", kUrl, "--inclde=a"}, "did you mean --include?");
  check_refused({"mirror", kUrl, "--include="}, "--include takes a pattern, not \"\"");
  check_refused({"mirror", kUrl, "--filter-from="}, "--filter-from takes a file name");
  check_refused({"mirror", kUrl, "--newer-than=yesterday"},
                "--newer-than takes a date such as 2026-01-31, a time such as");
  check_refused({"mirror", kUrl, "--min-size=big"}, "--min-size takes a size such as 1K");
  check_refused({"mirror", kUrl, "--max-size=-1"}, "--max-size takes a size such as 100M");
  check_refused({"mirror", kUrl, "--min-size=2K", "--max-size=1K"},
                "--min-size is more than --max-size");
  check_refused({"mirror", kUrl, "--depth=0"}, "--depth takes 1 to 100");
  check_refused({"mirror", kUrl, "--depth=101"}, "--depth takes 1 to 100");
  check_refused({"mirror", kUrl, "--delete", "--max-delete=1000000001"},
                "--max-delete takes 0 to 1000000000 (default: 1000)");
  check_refused({"mirror", kUrl, "--trash=t"}, "--trash means nothing without --delete");
  check_refused({"mirror", kUrl, "--max-delete=1"}, "--max-delete means nothing without --delete");
  check_refused({"mirror", kUrl, "--delete", "--trash="}, "--trash takes a folder");
  check_refused({"mirror", kUrl, "--links=hard"}, "--links takes skip, copy or follow");
  check_refused({"mirror", kUrl, "--times=yes"}, "--times takes on or off (default: on)");
  check_refused({"mirror", kUrl, "--checksum"}, "--checksum needs the digests that --manifest");
  check_refused({"mirror", kUrl, "--delete", "--depth=1", "--depth=2"}, "--depth is given twice");
  for (const char* const interval : {"0.5", "8d", "169h", "often"}) {
    check_refused({"mirror", kUrl, "--loop", interval}, "--loop takes 1 second to 7 days");
  }
}

TEST_CASE("a_manifest_is_compared_with_one_folder") {
  CHECK(parsed({"verify", "--manifest=m", "dir"}).mirror.options.manifest == "m");
  check_refused({"verify", "--manifest=m"}, "--manifest is for one folder, but 0 are given");
  check_refused({"verify", "--manifest=m", "a", "b"}, "--manifest is for one folder, but 2 are");
  check_refused({"verify", "--manifest=m", "--repair", kUrl, "a"},
                "--manifest and --repair exclude each other");
}

TEST_CASE("rules_keep_the_order_in_which_they_were_typed") {
  CHECK(rules_of({}).empty());
  CHECK(rules_of({"--exclude=a", "--include", "b,c", "--exclude", "a", "--include=/d/**"}) ==
        "-a +b,c -a +/d/**");
}

TEST_CASE("rules_of_a_file_come_at_its_place") {
  const TempFolder temporary;
  const std::string file =
      temporary.write("rules", "# images\n\n- *.iso\r\n  + /pub/x y \n\t\n+ #1\n-  -");
  CHECK(rules_of({"--include=a", "--filter-from", file, "--exclude=b"}) ==
        "+a -*.iso +/pub/x y +#1 -- -b");
  const std::string other = temporary.write("other", "+ z\n");
  CHECK(rules_of({"--filter-from", other, "--exclude=b", "--filter-from", file}) ==
        "+z -b -*.iso +/pub/x y +#1 --");
  CHECK(rules_of({"--filter-from", temporary.write("empty", "")}).empty());
}

TEST_CASE("a_bad_line_is_named_with_its_file_and_number") {
  const TempFolder temporary;
  const std::string file = temporary.write("rules", "- a\n\n*.iso\n");
  CHECK(bad_rules(file) ==
        file +
            " line 3: \"*.iso\" is no rule. Write \"+ PATTERN\" to include, \"- PATTERN\" to "
            "exclude, one a line");
  for (const char* const line : {"+", "- ", "+a", "* b", "\x1b"}) {
    CAPTURE(line);
    const std::string text = bad_rules(temporary.write("bad", line));
    CHECK(text.find("line 1") != std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a_file_of_rules_that_cannot_be_read_is_named") {
  const TempFolder temporary;
  CHECK(bad_rules(temporary / "none").find("cannot read --filter-from") != std::string::npos);
  CHECK(bad_rules(temporary / "").find("cannot read --filter-from") != std::string::npos);
}

TEST_CASE("a_run_counts_ages_from_its_beginning") {
  MirrorArguments arguments = parsed({"mirror", kUrl, "--newer-than=1h", "--depth=2"}).mirror;
  const MirrorOptions options = options_of_run(arguments, {{true, "a"}}, 10'000);
  CHECK(options.newer_than_unix_seconds == 6'400);
  CHECK(options.depth == 2);
  CHECK(as_text(options.rules) == "+a");
  arguments.newer_than = parse_moment("1970-01-02");
  CHECK(options_of_run(arguments, {}, 10'000).newer_than_unix_seconds == 86'400);
}
