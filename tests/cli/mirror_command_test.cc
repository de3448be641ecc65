#include "cli/mirror_command.h"

#include <csignal>
#include <filesystem>
#include <ostream>
#include <streambuf>

#include <doctest/doctest.h>

#include "cli/mirror_report.h"
#include "fake_engine.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr const char* kUrl = "ftp://host/pub/";

MirrorItem item(const std::string& path, MirrorStatus status) {
  MirrorItem made;
  made.path = path;
  made.status = status;
  made.size_bytes = 5;
  made.mtime_unix_seconds = 1'769'817'600;
  return made;
}

MirrorItem failed(const std::string& path, MirrorStatus status = MirrorStatus::failed) {
  MirrorItem made = item(path, status);
  made.error = Error{ErrorKind::network, "it failed", "426 No", "Look"};
  return made;
}

/// A file that came, one that is as it was, a folder; complete.
Result<MirrorResult> small_tree(MirrorObserver& items, Observer&) {
  items.on_item(item("a", MirrorStatus::fetched));
  items.on_item(item("d/b", MirrorStatus::kept));
  MirrorItem folder = item("d", MirrorStatus::made);
  folder.type = EntryType::folder;
  folder.size_bytes.reset();
  items.on_item(folder);
  MirrorResult result;
  result.totals = {.folders = 2,
                   .files = 2,
                   .bytes = 10,
                   .kept = 1,
                   .kept_bytes = 5,
                   .fetched = 1,
                   .fetched_bytes = 5};
  result.seconds = 1;
  result.connections = 2;
  return result;
}

FakeMirror failing(ErrorKind kind) {
  return [kind](MirrorObserver&, Observer&) -> Result<MirrorResult> {
    return fail(kind, "it failed", "530 No", "Look");
  };
}

/// So many files that cannot be had.
FakeMirror with_failures(uint64_t count) {
  return [count](MirrorObserver& items, Observer&) -> Result<MirrorResult> {
    for (uint64_t i = 0; i < count; ++i) items.on_item(failed("f" + std::to_string(i)));
    MirrorResult result;
    result.totals.folders = 1;
    result.totals.failed = count;
    return result;
  };
}

Result<MirrorResult> interrupted(MirrorObserver&, Observer&) {
  std::raise(SIGINT);
  return fail(ErrorKind::interrupted, "stopped");
}

FakeEngine engine_with(std::vector<FakeMirror> mirrors) {
  FakeEngine engine;
  engine.mirrors = std::move(mirrors);
  return engine;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

size_t lines_of(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// Takes nothing.
class NoRoom final : public std::streambuf {};

}  // namespace

TEST_CASE("a_mirror_ends_with_a_statement_and_what_it_came_to") {
  const TempFolder temporary;
  const FakeEngine engine = engine_with({small_tree});
  const RunResult result = run_program({"mirror", kUrl, temporary / "new/pub"}, engine);
  CHECK(result.code == 0);
  CHECK(result.out.empty());
  CHECK(result.err ==
        "listed 2 folders, 2 files (10 B)\n"
        "fetched 1 file (5 B), kept 1 file (5 B)\n"
        "in 1.0 s, 5 B/s, 1.0 files a second, 2 connections\n"
        "complete: " +
            (temporary / "new/pub") + " is what ftp://host/pub/ has\n");
  REQUIRE(engine.mirrored.size() == 1);
  CHECK(engine.mirrored[0].url.path == "pub/");
  CHECK(engine.mirrored[0].folder == temporary / "new/pub");
  CHECK(std::filesystem::is_directory(temporary / "new/pub"));
}

TEST_CASE("a_quiet_mirror_says_nothing_when_all_is_well") {
  const RunResult result =
      run_program({"mirror", "-q", "--dry-run", kUrl}, engine_with({small_tree}));
  CHECK(result.code == 0);
  CHECK(result.out.empty());
  CHECK(result.err.empty());
}

TEST_CASE("the_folder_is_called_as_the_last_part_of_the_path_or_as_the_host") {
  const FakeEngine engine;
  const std::vector<std::pair<std::string, std::string>> names{
      {"ftp://host/pub/", "pub"}, {"ftp://host/a/b", "b"}, {"ftp://host/a/b//", "b"},
      {"ftp://host/", "host"},    {"ftp://host", "host"},  {"ftp://host//", "host"}};
  for (const auto& [url, folder] : names) {
    CAPTURE(url);
    CHECK(run_program({"mirror", "--dry-run", url}, engine).code == 0);
    CHECK(engine.mirrored.back().folder == folder);
    CHECK_FALSE(std::filesystem::exists(folder));
  }
}

TEST_CASE("a_dry_run_tells_what_would_be_done_and_makes_no_folder") {
  const TempFolder temporary;
  const FakeEngine engine = engine_with({small_tree});
  const RunResult result = run_program({"mirror", "--dry-run", kUrl, temporary / "pub"}, engine);
  CHECK(result.code == 0);
  CHECK(engine.options.dry_run);
  CHECK(result.out == "fetch a (5 B)\nmake d/\n");
  CHECK(contains(result.err, "would fetch 1 file (5 B), keep 1 file (5 B)\n"));
  CHECK(contains(result.err, "dry run: nothing was written"));
  CHECK_FALSE(std::filesystem::exists(temporary / "pub"));
  CHECK(contains(run_program({"mirror", "-v", "--dry-run", kUrl}, engine).out, "keep d/b (5 B)\n"));
}

TEST_CASE("a_verbose_mirror_names_each_file") {
  const TempFolder temporary;
  const RunResult result =
      run_program({"mirror", "-v", kUrl, temporary / "pub"}, engine_with({small_tree}));
  CHECK(result.out.empty());
  CHECK(result.err.starts_with("fetched a (5 B)\nkept d/b (5 B)\nmade d/\nlisted 2 folders"));
}

TEST_CASE("programs_get_an_object_an_item_and_a_summary") {
  const RunResult result = run_program({"mirror", "--json", "--dry-run", "ftp://me:hush@host/pub/"},
                                       engine_with({small_tree}), "");
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK(result.out ==
        R"({"path":"a","type":"file","status":"fetched","replaces":false,"size":5,)"
        R"("mtime":"2026-01-31T00:00:00Z","xxh3_128":null,"error":null,"dry_run":true})"
        "\n"
        R"({"path":"d/b","type":"file","status":"kept","replaces":false,"size":5,)"
        R"("mtime":"2026-01-31T00:00:00Z","xxh3_128":null,"error":null,"dry_run":true})"
        "\n"
        R"({"path":"d","type":"dir","status":"made","replaces":false,"size":null,)"
        R"("mtime":"2026-01-31T00:00:00Z","xxh3_128":null,"error":null,"dry_run":true})"
        "\n"
        R"({"summary":true,"url":"ftp://me@host/pub/","dir":"pub","complete":true,"folders":2,)"
        R"("files":2,"bytes":10,"kept":1,"kept_bytes":5,"fetched":1,"fetched_bytes":5,)"
        R"("resumed_bytes":0,"links":0,"removed":0,"left_out":0,"refused":0,"denied":0,)"
        R"("failed":0,"gaps":0,"seconds":1.0,"connections":2,"not_removed":null,"error":null,)"
        R"("dry_run":true})"
        "\n");
}

TEST_CASE("what_went_wrong_is_named_and_ends_with_1") {
  const TempFolder temporary;
  const FakeEngine engine =
      engine_with({[](MirrorObserver& items, Observer&) -> Result<MirrorResult> {
        items.on_item(failed("a\x1b"));
        items.on_item(failed("b", MirrorStatus::denied));
        MirrorItem plain = item("c", MirrorStatus::refused);
        items.on_item(plain);
        MirrorResult result;
        result.totals = {.folders = 1, .refused = 1, .denied = 1, .failed = 1, .gaps = 1};
        return result;
      }});
  for (const char* const option : {"-q", "--json"}) {
    const RunResult result = run_program({"mirror", option, kUrl, temporary / "d"}, engine);
    CHECK(result.code == 1);
    CHECK(result.err ==
          "ftpull: a\\x1b: it failed; the server said \"426 No\". Look\n"
          "ftpull: b: it failed; the server said \"426 No\". Look\n"
          "ftpull: c: refused\n"
          "ftpull: not complete: 1 file failed, 1 file denied by the server, 1 file refused, 1 "
          "folder could not be listed; type the same command again: it fetches only what is "
          "missing\n");
  }
  const RunResult json = run_program({"mirror", "--json", kUrl, temporary / "d"}, engine);
  CHECK(
      contains(json.out, R"("error":{"kind":"network","reply":"426 No","message":"it failed"}})"));
  CHECK(contains(json.out, R"("complete":false)"));
}

TEST_CASE("of_a_great_many_failures_a_person_sees_the_first_ones") {
  const TempFolder temporary;
  const FakeEngine engine = engine_with({with_failures(60)});
  const RunResult result = run_program(
      {"mirror", "--json", "--log-file", temporary / "log", kUrl, temporary / "d"}, engine);
  CHECK(result.code == 1);
  CHECK(lines_of(result.err) == MirrorReport::kMostErrors + 2);
  CHECK(contains(result.err, "f49: it failed"));
  CHECK_FALSE(contains(result.err, "f50: it failed"));
  CHECK(contains(result.err, "ftpull: and 10 more\n"));
  CHECK(lines_of(result.out) == 61);
  CHECK(contains(temporary.read("log"), "f59: it failed"));
}

TEST_CASE("a_mirror_that_fails_as_a_whole_has_the_code_of_its_failure") {
  const TempFolder temporary;
  for (const ErrorKind kind : {ErrorKind::login, ErrorKind::network, ErrorKind::not_found,
                               ErrorKind::disk, ErrorKind::interrupted}) {
    const RunResult result =
        run_program({"mirror", "--json", kUrl, temporary / "d"}, engine_with({failing(kind)}));
    CHECK(result.code == exit_code(kind));
    CHECK(result.err == "ftpull: ftp://host/pub/: it failed; the server said \"530 No\". Look\n");
    CHECK(contains(result.out, R"("complete":false)"));
    CHECK(contains(result.out, R"("error":{"kind":)"));
  }
}

TEST_CASE("hints_of_a_mirror_are_about_what_was_typed_for_it") {
  const TempFolder temporary;
  const FakeEngine engine =
      engine_with({[](MirrorObserver& items, Observer&) -> Result<MirrorResult> {
        MirrorItem denied = item("a", MirrorStatus::denied);
        denied.error = Error{ErrorKind::not_found, "it cannot be read", "550 No", ""};
        items.on_item(denied);
        return fail(ErrorKind::disk, "the disk is full");
      }});
  const RunResult result = run_program({"mirror", kUrl, temporary / "d"}, engine);
  CHECK(result.code == 6);
  CHECK(result.err ==
        "ftpull: a: it cannot be read; the server said \"550 No\"\n"
        "ftpull: ftp://host/pub/: the disk is full. Check the disk, or name another folder: ftpull "
        "mirror URL DIR\n");
}

TEST_CASE("a_mirror_that_is_cut_off_tells_how_far_it_came") {
  const TempFolder temporary;
  const FakeEngine engine =
      engine_with({[](MirrorObserver& items, Observer&) -> Result<MirrorResult> {
        MirrorProgress progress;
        progress.totals = {.folders = 3, .files = 7, .fetched = 2, .fetched_bytes = 4};
        items.on_mirror_progress(progress);
        return fail(ErrorKind::network, "it failed");
      }});
  const RunResult result = run_program({"mirror", kUrl, temporary / "d"}, engine);
  CHECK(result.code == 3);
  CHECK(result.err.starts_with("listed 3 folders, 7 files (0 B)\nfetched 2 files (4 B), kept"));
  CHECK(lines_of(result.err) == 3);
}

TEST_CASE("nothing_removed_although_wanted_is_a_warning_and_ends_with_1") {
  const TempFolder temporary;
  const FakeEngine engine = engine_with({[](MirrorObserver&, Observer&) -> Result<MirrorResult> {
    MirrorResult result;
    result.not_removed = Error{ErrorKind::usage, "2000 would have to go", "", "Raise --max-delete"};
    return result;
  }});
  const RunResult result =
      run_program({"mirror", "--json", "--delete", kUrl, temporary / "d"}, engine);
  CHECK(result.code == 1);
  CHECK(engine.mirrored.back().options.remove);
  CHECK(result.err == "ftpull: warning: 2000 would have to go. Raise --max-delete\n");
  CHECK(contains(result.out, R"("complete":true)"));
  CHECK(contains(result.out, R"("not_removed":{"kind":"usage",)"));
}

TEST_CASE("the_progress_of_a_mirror_is_one_line_whatever_its_files_say") {
  const TempFolder temporary;
  const FakeEngine engine =
      engine_with({[](MirrorObserver& items, Observer& observer) -> Result<MirrorResult> {
        FetchProgress file;
        file.name = "large";
        observer.on_progress(file);
        MirrorProgress progress;
        progress.totals.files = 3;
        items.on_mirror_progress(progress);
        observer.on_progress(file);
        items.on_item(failed("x"));
        return MirrorResult();
      }});
  const RunResult bar = run_program({"mirror", "--progress=bar", kUrl, temporary / "d"}, engine);
  CHECK(bar.err.starts_with(
      "\r3 files, 0 B so far, still listing; 0 fetched (0 B)\x1b[K\r\x1b[Kftpull: x: it failed"));
  CHECK_FALSE(contains(bar.err, "large"));
  const RunResult none = run_program({"mirror", "--progress=none", kUrl, temporary / "d"}, engine);
  CHECK(none.err.starts_with("ftpull: x: it failed"));
}

TEST_CASE("what_is_wrong_with_a_mirror_is_found_before_anybody_is_connected_to") {
  const TempFolder temporary;
  const FakeEngine engine;
  const auto refused = [&](std::vector<std::string> words, int code, const std::string& says) {
    words.insert(words.begin(), "mirror");
    const RunResult result = run_program(words, engine);
    CAPTURE(result.err);
    CHECK(result.code == code);
    CHECK(contains(result.err, says));
  };
  refused({"pub", "dir"}, 2, "not an FTP URL");
  refused({"ftps://host/", "dir"}, 2, "this version has no TLS yet");
  refused({kUrl, "a", "b"}, 2, "mirror takes one URL and one folder, but 3 words are given. Type");
  refused({kUrl, ""}, 2, "the folder's name is empty");
  refused({"ftp://host/.."}, 2, "the last part of its path cannot be the name of a local folder");
  refused({"ftp://host/" + std::string(256, 'x')}, 2, "Name the folder: ftpull mirror URL DIR");
  refused({"--filter-from", temporary.write("rules", "x\n"), kUrl, "d"}, 2, "line 1: \"x\" is no");
  refused({kUrl, temporary.write("file", "")}, 6, "Name another one: ftpull mirror URL DIR");
  CHECK(engine.fetchers == 0);
  CHECK(engine.mirrored.empty());
}

TEST_CASE("rules_and_bounds_reach_the_engine") {
  const TempFolder temporary;
  const FakeEngine engine;
  CHECK(run_program({"mirror", "--exclude=a", "--filter-from", temporary.write("r", "+ b\n"),
                     "--include=c", "--newer-than=1970-01-02", "--dry-run", kUrl},
                    engine)
            .code == 0);
  const MirrorOptions& options = engine.mirrored.at(0).options;
  REQUIRE(options.rules.size() == 3);
  CHECK_FALSE(options.rules[0].include);
  CHECK(options.rules[1].pattern == "b");
  CHECK(options.rules[2].pattern == "c");
  CHECK(options.newer_than_unix_seconds == 86'400);
}

TEST_CASE("a_mirror_logs_in_with_what_was_given") {
  const TempFolder temporary;
  const std::string file = temporary.write("password", "hush\n");
  const FakeEngine engine;
  CHECK(run_program({"mirror", "--dry-run", "--password-file", file, "ftp://me@host/"}, engine)
            .code == 0);
  CHECK(engine.mirrored.back().url.password == "hush");
}

TEST_CASE("a_loop_goes_on_after_a_failure_and_ends_with_an_interruption") {
  const TempFolder temporary;
  const FakeEngine engine = engine_with(
      {small_tree, failing(ErrorKind::network), with_failures(1), small_tree, interrupted});
  const Duration before = FakeConsole::paused();
  const RunResult result = run_program({"mirror", "--loop=1m", kUrl, temporary / "d"}, engine);
  CHECK(result.code == 130);
  CHECK(engine.mirrored.size() == 5);
  CHECK(engine.fetchers == 5);
  CHECK(FakeConsole::paused() - before == std::chrono::minutes(4));
  CHECK(contains(result.err, "again in 1:00\n"));
  CHECK(result.err.ends_with("ftpull: ftp://host/pub/: stopped\n"));
}

TEST_CASE("a_loop_ends_when_the_next_time_would_be_the_same") {
  const TempFolder temporary;
  for (const ErrorKind kind : {ErrorKind::login, ErrorKind::usage}) {
    const FakeEngine engine = engine_with({failing(kind)});
    CHECK(run_program({"mirror", "--loop=1", kUrl, temporary / "d"}, engine).code ==
          exit_code(kind));
    CHECK(engine.mirrored.size() == 1);
  }
}

TEST_CASE("an_interruption_between_two_runs_ends_the_loop_at_once") {
  const TempFolder temporary;
  const FakeEngine engine = engine_with({small_tree});
  FakeConsole fake;
  static int pauses;
  pauses = 0;
  fake.console.pause = [](Duration) {
    if (++pauses == 3) std::raise(SIGINT);
  };
  const std::vector<std::string> line{"mirror", "--loop=7d", kUrl, temporary / "d"};
  CHECK(run(line, engine, fake.console) == 130);
  CHECK(pauses == 3);
  CHECK(engine.mirrored.size() == 1);
}

TEST_CASE("a_reader_that_goes_away_stops_the_mirror_and_its_loop") {
  const FakeEngine engine = engine_with({small_tree});
  FakeConsole fake;
  NoRoom no_room;
  std::ostream out(&no_room);
  Console console{.in = fake.in, .out = out, .err = fake.err, .now = fake.console.now};
  const std::vector<std::string> line{"mirror", "--dry-run", "--loop=1", kUrl};
  CHECK(run(line, engine, console) == 6);
  CHECK(engine.stops > 0);
  CHECK(engine.mirrored.size() == 1);
}
