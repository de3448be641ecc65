#include "cli/status_command.h"

#include <doctest/doctest.h>

#include "cli/part_name.h"
#include "fake_engine.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr std::time_t kCreated = 1769860801;  // 2026-01-31 12:00:01 UTC

PartStatus unfinished() {
  PartStatus status;
  status.part = "d/a.gz.part";
  status.journal = "d/a.gz.part.journal";
  status.url = "ftp://host/a.gz";
  status.size_bytes = 256 << 20;
  status.mdtm = "20260102030405.123";
  status.segment_bytes = 64 << 20;
  status.done_bytes = 120 << 20;
  status.durable_bytes = 64 << 20;
  status.map = "#+#.";
  status.holes = {{120 << 20, 128 << 20}, {192 << 20, 256 << 20}};
  status.tails = {{64 << 20, 120 << 20}};
  status.created = kCreated;
  return status;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a_status_tells_a_person_everything") {
  CHECK(format_part_status(unfinished(), kCreated + 7300, 80) ==
        "d/a.gz\n"
        "  URL         ftp://host/a.gz\n"
        "  on disk     120 MiB of 256 MiB (46.9%), 64.0 MiB of it durable\n"
        "  missing     2 holes, the largest 64.0 MiB at byte 201326592\n"
        "  unfinished  1 segment begun, 56.0 MiB in it\n"
        "  server time 2026-01-02 03:04:05 UTC\n"
        "  begun       2026-01-31 12:00:01 UTC, 2 hours ago\n"
        "  in use      no\n"
        "  segments    4 of 64.0 MiB; one character is one of them\n"
        "  #+#.\n"
        "  # done  + partly  . missing\n"
        "  To go on type: ftpull get ftp://host/a.gz -o d/a.gz\n");
}

TEST_CASE("a_download_in_use_is_not_to_be_started_again") {
  PartStatus status = unfinished();
  status.in_use = true;
  const std::string text = format_part_status(status, kCreated, 80);
  CHECK(contains(text, "in use      yes, another process holds it"));
  CHECK(contains(text, "just now"));
  CHECK_FALSE(contains(text, "To go on"));
}

TEST_CASE("several_tails_and_one_hole_are_counted") {
  PartStatus status = unfinished();
  status.holes = {{1 << 20, 2 << 20}};
  status.tails = {{0, 1 << 20}, {64 << 20, (64 << 20) + 1000}};
  const std::string text = format_part_status(status, kCreated, 80);
  CHECK(contains(text, "  missing     1 hole, 1.00 MiB at byte 1048576\n"));
  CHECK(contains(text, "  unfinished  2 segments begun, 1.00 MiB in them\n"));
}

TEST_CASE("of_equal_holes_the_first_is_named") {
  PartStatus status = unfinished();
  status.holes = {{0, 1000}, {5000, 8000}, {10000, 13000}};
  const std::string text = format_part_status(status, kCreated, 80);
  CHECK(contains(text, "3 holes, the largest 2.93 KiB at byte 5000"));
}

TEST_CASE("where_all_is_there_no_holes_are_shown") {
  PartStatus status = unfinished();
  status.holes.clear();
  status.tails.clear();
  const std::string text = format_part_status(status, kCreated, 80);
  CHECK_FALSE(contains(text, "missing   "));
  CHECK_FALSE(contains(text, "hole"));
  CHECK_FALSE(contains(text, "unfinished"));
}

TEST_CASE("an_unknown_size_is_said") {
  PartStatus status = unfinished();
  status.size_bytes.reset();
  status.map.clear();
  const std::string text = format_part_status(status, kCreated + 60, 80);
  CHECK(contains(text, "120 MiB, 64.0 MiB of it durable; the size is unknown"));
  CHECK(contains(text, "1 minute ago"));
  CHECK_FALSE(contains(text, "segments"));
}

TEST_CASE("a_map_is_reduced_to_what_fits") {
  size_t each = 0;
  CHECK(reduce_map("##..", 4, each) == "##..");
  CHECK(each == 1);
  CHECK(reduce_map("###.....+.", 5, each) == "#+..+");
  CHECK(each == 2);
  CHECK(reduce_map("#######", 3, each) == "###");
  CHECK(each == 3);
  CHECK(reduce_map("", 3, each).empty());
}

TEST_CASE("a_large_map_is_wrapped_to_the_terminal") {
  PartStatus status = unfinished();
  status.map.assign(100'000, '.');
  for (const size_t width : {0, 30, 80, 500}) {
    const std::string text = format_part_status(status, kCreated, width);
    CAPTURE(width);
    CHECK(std::count(text.begin(), text.end(), '\n') <= 23);
    const std::string row = text.substr(text.find("\n  ....") + 1);
    CHECK(row.find('\n') <= std::max<size_t>(width, 23));
  }
}

TEST_CASE("a_servers_time_is_shown_as_a_date") {
  CHECK(format_mdtm("20260102030405") == "2026-01-02 03:04:05 UTC");
  CHECK(format_mdtm("2026010203040") == "2026010203040");
  CHECK(format_mdtm("\x1b[2J") == "\\x1b[2J");
}

TEST_CASE("words_can_be_pasted_into_a_shell") {
  CHECK(shell_word("ftp://host/a%20b.gz") == "ftp://host/a%20b.gz");
  CHECK(shell_word("a b;c") == "'a b;c'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a\n'\\") == "$'a\\x0a\\'\\\\'");
}

TEST_CASE("the_final_name_lacks_the_ending") {
  CHECK(final_path("d/a.gz.part") == "d/a.gz");
  CHECK(final_path("a") == "a");
}

TEST_CASE("status_shows_each_path_and_goes_on_after_a_missing_one") {
  FakeEngine engine;
  engine.parts.emplace("a.gz", unfinished());
  const RunResult good = run_program({"status", "a.gz"}, engine);
  CHECK(good.code == 0);
  CHECK(good.out.starts_with("d/a.gz\n"));

  const RunResult some = run_program({"status", "none", "a.gz"}, engine);
  CHECK(some.code == 1);
  CHECK(some.out == good.out);
  CHECK(some.err ==
        "ftpull: there is no unfinished download of none\nftpull: 1 of 2 files failed\n");
  CHECK(run_program({"status", "none"}, engine).code == 5);
}

TEST_CASE("status_as_json_is_one_line_a_path") {
  FakeEngine engine;
  engine.parts.emplace("a.gz", unfinished());
  const RunResult result = run_program({"status", "--json", "a.gz", "a.gz"}, engine);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 2);
  CHECK(result.out.starts_with("{\"path\":\"d/a.gz\""));
  CHECK(contains(result.out, R"("tails":[{"begin":67108864,"end":125829120}])"));
}
