#include "cli/mirror_text.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::cli;

namespace {

MirrorProgress listing() {
  MirrorProgress progress;
  progress.totals.files = 12'345;
  progress.totals.bytes = uint64_t{34} << 30;
  progress.totals.fetched = 1'200;
  progress.totals.fetched_bytes = uint64_t{1} << 30;
  progress.bytes_per_second = 35.0 * (1 << 20);
  progress.sessions = 8;
  return progress;
}

MirrorProgress listed() {
  MirrorProgress progress = listing();
  progress.listing = false;
  progress.totals.kept = 2'800;
  progress.totals.kept_bytes = uint64_t{15} << 30;
  progress.totals.resumed_bytes = uint64_t{1} << 30;
  return progress;
}

MirrorItem item(const std::string& path, MirrorStatus status, EntryType type = EntryType::file) {
  MirrorItem made;
  made.path = path;
  made.status = status;
  made.type = type;
  if (type == EntryType::file) made.size_bytes = 5;
  return made;
}

MirrorRun run_of(const MirrorTotals& totals) {
  MirrorRun run;
  run.url = "ftp://host/pub/";
  run.folder = "pub";
  run.result.totals = totals;
  run.result.seconds = 2;
  run.result.connections = 1;
  return run;
}

}  // namespace

TEST_CASE("while_it_is_listed_the_progress_says_that_there_may_be_more") {
  CHECK(format_mirror_progress(listing()) ==
        "12,345 files, 34.0 GiB so far, still listing; 1,200 fetched (1.00 GiB), 35.0 MiB/s, 8 "
        "connections");
}

TEST_CASE("when_all_is_listed_the_progress_is_a_percentage_of_the_bytes") {
  CHECK(format_mirror_progress(listed()) ==
        "50%, 4,000 of 12,345 files, 17.0 GiB of 34.0 GiB, 35.0 MiB/s, ETA 8:18, 8 connections");
}

TEST_CASE("a_narrow_terminal_gets_shorter_words_and_then_less_of_them") {
  CHECK(format_mirror_progress(listing(), 79) ==
        "12,345 files, 34.0 GiB, listing; 1,200 (1.00 GiB), 35.0 MiB/s, 8 conns");
  CHECK(format_mirror_progress(listing(), 65) ==
        "12,345 files, 34.0 GiB, listing; 1,200 (1.00 GiB), 35.0 MiB/s");
  CHECK(format_mirror_progress(listed(), 30) == "50%, 4,000 of 12,345 files");
  CHECK(format_mirror_progress(listing(), 5) == "12,34");
  for (size_t width = 0; width < 120; ++width) {
    CHECK(format_mirror_progress(listing(), width).size() <= width);
    CHECK(format_mirror_progress(listed(), width).size() <= width);
  }
}

TEST_CASE("the_progress_of_a_mirror_says_100_percent_only_when_all_is_there") {
  MirrorProgress progress = listed();
  progress.totals.fetched_bytes = progress.totals.bytes;  // one came twice
  CHECK(format_mirror_progress(progress).starts_with("99%, "));
  progress.totals.fetched = progress.totals.files - progress.totals.kept;
  CHECK(format_mirror_progress(progress).starts_with("100%, "));
  MirrorProgress empty;
  empty.totals.files = 4;
  empty.totals.fetched = 1;
  empty.listing = false;
  CHECK(format_mirror_progress(empty) == "25%, 1 of 4 files, 0 B of 0 B");
  empty.totals = {};
  CHECK(format_mirror_progress(empty) == "100%, 0 of 0 files, 0 B of 0 B");
}

TEST_CASE("what_would_be_done_and_what_was_done_are_told_alike") {
  MirrorItem fetched = item("a/b.txt", MirrorStatus::fetched);
  CHECK(action_line(fetched, false) == "fetch a/b.txt (5 B)");
  CHECK(action_line(fetched, true) == "fetched a/b.txt (5 B)");
  fetched.size_bytes.reset();
  fetched.replaces = true;
  CHECK(action_line(fetched, false) == "replace a/b.txt");
  CHECK(action_line(fetched, true) == "replaced a/b.txt");
  CHECK(action_line(item("a", MirrorStatus::made, EntryType::folder), false) == "make a/");
  CHECK(action_line(item("l", MirrorStatus::linked, EntryType::link), false) == "link l");
  CHECK(action_line(item("a", MirrorStatus::removed), false) == "remove a");
  CHECK(action_line(item("a", MirrorStatus::removed, EntryType::folder), true) == "removed a/");
  CHECK(action_line(item("a", MirrorStatus::kept), true) == "kept a (5 B)");
  CHECK(action_line(item("a", MirrorStatus::failed), false).empty());
  CHECK(action_line(item("a", MirrorStatus::denied), false).empty());
  CHECK(action_line(item("a", MirrorStatus::refused), true).empty());
}

TEST_CASE("names_of_items_are_cleaned_and_never_cut") {
  const std::string name(3000, 'a');
  CHECK(action_line(item(name + "\x1b[2J", MirrorStatus::removed), true) ==
        "removed " + name + "\\x1b[2J");
  CHECK(shown_item(item("", MirrorStatus::failed, EntryType::folder)) == ".");
}

TEST_CASE("the_statement_counts_what_became_of_all") {
  MirrorTotals totals;
  totals.folders = 12;
  totals.files = 1'345;
  totals.bytes = 1 << 30;
  totals.fetched = 1'300;
  totals.fetched_bytes = 512 << 20;
  totals.resumed_bytes = 1 << 20;
  totals.kept = 39;
  totals.kept_bytes = 3 << 20;
  totals.links = 1;
  totals.removed = 2;
  totals.left_out = 30;
  totals.refused = 1;
  totals.denied = 2;
  totals.failed = 3;
  totals.gaps = 1;
  const std::vector<std::string> lines = statement_lines(run_of(totals));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "listed 12 folders, 1,345 files (1.00 GiB); 30 left out");
  CHECK(lines[1] ==
        "fetched 1,300 files (512 MiB, and 1.00 MiB that were here), kept 39 files (3.00 MiB), 1 "
        "link, removed 2");
  CHECK(lines[2] == "1 refused, 2 denied, 3 failed, 1 folder not listed");
  CHECK(lines[3] == "in 2.0 s, 256 MiB/s, 650.0 files a second, 1 connection");
}

TEST_CASE("the_statement_leaves_out_what_is_none") {
  MirrorRun run = run_of({});
  run.result.seconds = 0;
  run.dry_run = true;
  const std::vector<std::string> lines = statement_lines(run);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "listed 0 folders, 0 files (0 B)");
  CHECK(lines[1] == "would fetch 0 files (0 B), keep 0 files (0 B)");
  CHECK(lines[2].ends_with(", 1 connection"));
  CHECK(lines[2].find("/s") == std::string::npos);
}

TEST_CASE("the_closing_line_says_whether_the_mirror_is_complete") {
  MirrorRun run = run_of({});
  CHECK_FALSE(incomplete_line(run));
  CHECK(complete_line(run) == "complete: pub is what ftp://host/pub/ has");
  run.result.not_removed = Error{ErrorKind::disk, "too many", "", ""};
  CHECK(complete_line(run) ==
        "complete: pub has all that ftp://host/pub/ has, and nothing was removed");
  run.dry_run = true;
  CHECK(complete_line(run).starts_with("dry run: nothing was written"));

  MirrorTotals totals;
  totals.failed = 3;
  totals.gaps = 1;
  CHECK(incomplete_line(run_of(totals)) ==
        "not complete: 3 files failed, 1 folder could not be listed; type the same command again: "
        "it fetches only what is missing");
  totals = {};
  totals.denied = 1;
  totals.refused = 2;
  CHECK(incomplete_line(run_of(totals))
            ->starts_with("not complete: 1 file denied by the server, 2 files refused; "));
}

TEST_CASE("a_verdict_on_a_manifest_counts_its_files") {
  CHECK(verdict_line({.files = 123}) == "all 123 files are as the manifest says");
  CHECK(verdict_line({.files = 1}) == "the one file is as the manifest says");
  CHECK(verdict_line({.files = 123, .faults = 2}) == "2 of 123 files are not as the manifest says");
  CHECK(verdict_line({.files = 3, .without_digest = 2, .faults = 1}) ==
        "1 of 3 files is not as the manifest says; of 2 only the size could be compared");
}
