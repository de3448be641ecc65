#include "cli/ls_command.h"

#include <csignal>
#include <ostream>
#include <streambuf>

#include <doctest/doctest.h>

#include "fake_engine.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

Entry entry(const std::string& name, EntryType type = EntryType::file) {
  Entry made;
  made.name = name;
  made.type = type;
  if (type == EntryType::file) made.size_bytes = 5;
  return made;
}

ListedFolder folder(const std::string& path, std::vector<Entry> entries) {
  ListedFolder made;
  made.path = path;
  made.entries = std::move(entries);
  return made;
}

ListedFolder failed(const std::string& path, ErrorKind kind) {
  ListedFolder made;
  made.path = path;
  made.error = Error{kind, "it failed", "550 No", "Look"};
  return made;
}

ListedFolder odd(const std::string& path) {
  ListedFolder made = folder(path, {entry("a")});
  made.unusable_lines = 2;
  made.first_unusable = "\x1b?";
  return made;
}

FakeListing giving(std::vector<ListedFolder> folders) {
  return [folders = std::move(folders)](const FolderDone& done, Observer&) -> Status {
    for (const ListedFolder& one : folders) done(one);
    return {};
  };
}

/// As giving(), and then the asked folder itself turns out to have failed.
FakeListing failing(std::vector<ListedFolder> folders, ErrorKind kind) {
  return [folders = std::move(folders), kind](const FolderDone& done, Observer&) -> Status {
    for (const ListedFolder& one : folders) done(one);
    return fail(kind, "it failed", "550 No", "Look");
  };
}

ServerFeatures server(const std::string& software) {
  ServerFeatures made;
  made.software = software;
  return made;
}

FakeEngine two_folders() {
  FakeEngine engine;
  engine.listings["host/pub"] = giving(
      {folder("pub", {entry("a"), entry("d", EntryType::folder)}), folder("pub/d", {entry("b")})});
  engine.listings["host/"] = giving({folder("", {entry("c")})});
  return engine;
}

/// Takes nothing.
class NoRoom final : public std::streambuf {};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a_folder_is_listed_by_names_alone") {
  FakeEngine engine;
  engine.listings["host/pub"] = giving({folder("pub", {entry("a"), entry("\x1b")})});
  const RunResult result = run_program({"ls", "ftp://host/pub"}, engine);
  CHECK(result.code == 0);
  CHECK(result.out == "a\n\\x1b\n");
  CHECK(result.err.empty());
  REQUIRE(engine.listed.size() == 1);
  CHECK_FALSE(engine.listed[0].recursive);
}

TEST_CASE("an_empty_folder_is_nothing_and_succeeds") {
  FakeEngine engine;
  engine.listings["host/pub"] = giving({folder("pub", {})});
  for (const char* const option : {"-l", "--json", "-q"}) {
    const RunResult result = run_program({"ls", option, "ftp://host/pub"}, engine);
    CHECK(result.code == 0);
    CHECK(result.out.empty());
  }
}

TEST_CASE("a_long_listing_has_what_is_known") {
  FakeEngine engine;
  engine.listings["host/pub"] = giving({folder("pub", {entry("a")})});
  CHECK(run_program({"ls", "-l", "ftp://host/pub"}, engine).out == "- 5 a\n");
}

TEST_CASE("folders_below_have_a_headline_each") {
  const FakeEngine engine = two_folders();
  const RunResult result = run_program({"ls", "-R", "ftp://host/pub"}, engine);
  CHECK(result.code == 0);
  CHECK(result.out == "pub:\na\nd/\n\npub/d:\nb\n");
  CHECK(engine.listed[0].recursive);
}

TEST_CASE("several_urls_have_their_url_as_headline") {
  const FakeEngine engine = two_folders();
  const RunResult result = run_program({"ls", "ftp://me:hush@host/", "ftp://host/pub"}, engine);
  CHECK(result.out == "ftp://me@host/:\nc\n\nftp://host/pub:\na\nd/\n\nftp://host/pub/d:\nb\n");
}

TEST_CASE("an_entry_is_an_object_with_its_path") {
  const FakeEngine engine = two_folders();
  const RunResult result =
      run_program({"ls", "-R", "--json", "ftp://host/pub", "ftp://me:hush@host/"}, engine);
  CHECK(result.code == 0);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 4);
  CHECK(result.out.starts_with(R"({"path":"pub/a","name":"a","type":"file","size":5,)"));
  CHECK(contains(result.out, R"({"path":"pub/d/b",)"));
  CHECK(contains(result.out, R"({"path":"c","name":"c")"));
  CHECK(contains(result.out, R"("url":"ftp://me@host/c"})"));
}

TEST_CASE("the_folder_that_was_asked_for_fails_with_its_own_code_and_once") {
  FakeEngine engine;
  engine.listings["host/pub/"] =
      failing({failed("pub", ErrorKind::not_found)}, ErrorKind::not_found);
  const RunResult result = run_program({"ls", "-R", "ftp://host/pub/"}, engine);
  CHECK(result.code == 5);
  CHECK(result.out.empty());
  CHECK(result.err == "ftpull: pub: it failed; the server said \"550 No\". Look\n");
}

TEST_CASE("a_folder_below_that_fails_is_named_and_the_others_are_listed") {
  FakeEngine engine;
  engine.listings["host/pub"] =
      giving({folder("pub", {entry("d", EntryType::folder)}), failed("pub/d", ErrorKind::not_found),
              folder("pub/e", {entry("b")})});
  const RunResult result = run_program({"ls", "-R", "ftp://host/pub"}, engine);
  CHECK(result.code == 1);
  CHECK(result.out == "pub:\nd/\n\npub/e:\nb\n");
  CHECK(result.err ==
        "ftpull: pub/d: it failed; the server said \"550 No\". Look\n"
        "ftpull: 1 of 3 folders could not be listed, or not completely\n");
}

TEST_CASE("a_folder_whose_folders_lie_too_deep_is_listed_and_named") {
  ListedFolder deep = failed("pub/d", ErrorKind::protocol);
  deep.entries = {entry("e", EntryType::folder)};
  FakeEngine engine;
  engine.listings["host/pub"] = giving({folder("pub", {entry("d", EntryType::folder)}), deep});
  const RunResult result = run_program({"ls", "-R", "ftp://host/pub"}, engine);
  CHECK(result.code == 1);
  CHECK(result.out == "pub:\nd/\n\npub/d:\ne/\n");
  CHECK(contains(result.err, "ftpull: pub/d: it failed"));
}

TEST_CASE("without_a_path_a_failure_has_the_url") {
  const RunResult result = run_program({"ls", "ftp://me:hush@host/"}, FakeEngine());
  CHECK(result.code == 5);
  CHECK(result.err.starts_with("ftpull: ftp://me@host/: "));
}

TEST_CASE("lines_that_cannot_be_used_are_told_even_when_quiet") {
  FakeEngine engine;
  engine.listings["host/pub"] = giving({odd("pub")});
  for (const char* const option : {"--json", "-q"}) {
    const RunResult result = run_program({"ls", option, "ftp://host/pub"}, engine);
    CHECK(result.code == 1);
    CHECK(contains(result.out, "a"));
    CHECK(result.err ==
          "ftpull: pub: 2 lines of its listing cannot be used, there may be more in it; the first "
          "of them: \"\\x1b?\"\n");
  }
}

TEST_CASE("one_url_that_fails_does_not_keep_the_others_from_being_listed") {
  const FakeEngine engine = two_folders();
  const RunResult result = run_program({"ls", "ftp://host/none", "ftp://host/"}, engine);
  CHECK(result.code == 1);
  CHECK(result.out == "ftp://host/:\nc\n");
  CHECK(contains(result.err, "none is not there; the server said \"550 No such folder\". Check"));
  CHECK(result.err.ends_with("ftpull: 1 of 2 folders could not be listed, or not completely\n"));
}

TEST_CASE("an_interrupted_listing_ends_the_run") {
  FakeEngine engine = two_folders();
  engine.listings["host/x"] = [](const FolderDone& done, Observer&) -> Status {
    done(folder("x", {entry("a")}));
    std::raise(SIGINT);
    done(failed("x/y", ErrorKind::interrupted));
    return fail(ErrorKind::interrupted, "stopped");
  };
  const RunResult result = run_program({"ls", "-R", "ftp://host/x", "ftp://host/"}, engine);
  CHECK(result.code == 130);
  CHECK(engine.stops == 1);
  CHECK(engine.listed.size() == 1);
  CHECK(contains(result.out, "a\n"));
  CHECK(result.err == "ftpull: ftp://host/x: stopped\n");
}

TEST_CASE("a_reader_that_goes_away_stops_the_listing") {
  const FakeEngine engine = two_folders();
  FakeConsole fake;
  NoRoom no_room;
  std::ostream out(&no_room);
  Console console{.in = fake.in, .out = out, .err = fake.err, .now = fake.console.now};
  const std::vector<std::string> line{"ls", "ftp://host/pub", "ftp://host/"};
  CHECK(run(line, engine, console) == 6);
  CHECK(engine.stops > 0);
  CHECK(engine.listed.size() == 1);
  CHECK(contains(fake.err.str(), "standard output cannot be written"));
}

TEST_CASE("what_is_wrong_with_a_url_is_found_before_anybody_is_connected_to") {
  const FakeEngine engine = two_folders();
  const RunResult tls = run_program({"ls", "ftp://host/", "ftps://host/"}, engine);
  CHECK(tls.code == 2);
  CHECK(contains(tls.err, "ftps://host/: this version has no TLS yet"));
  CHECK(run_program({"ls", "pub"}, engine).code == 2);
  CHECK(run_program({"ls", "--password-file", "f", "ftp://host/"}, engine).code == 2);
  CHECK(engine.fetchers == 0);
}

TEST_CASE("a_listing_logs_in_with_what_was_given") {
  const TempFolder temporary;
  const std::string file = temporary.write("password", "hush\n");
  const FakeEngine engine = two_folders();
  CHECK(run_program({"ls", "--user=me", "--password-file", file, "ftp://host/"}, engine).code == 0);
  CHECK(engine.options.user == "me");
  CHECK(engine.options.password == "hush");
  CHECK(run_program({"ls", "--password-file", file, "ftp://me@host/"}, engine).code == 0);
  CHECK(engine.listed.back().url.password == "hush");
}

TEST_CASE("messages_and_failures_go_to_the_log_file") {
  const TempFolder temporary;
  FakeEngine engine;
  engine.listings["host/pub"] = [](const FolderDone& done, Observer& observer) -> Status {
    observer.on_message(MessageLevel::warning, "it is slow");
    done(odd("pub"));
    return {};
  };
  const RunResult result =
      run_program({"ls", "--log-file", temporary / "log", "ftp://host/pub"}, engine);
  CHECK(contains(result.err, "ftpull: warning: it is slow\n"));
  const std::string log = temporary.read("log");
  CHECK(contains(log, " warning it is slow\n"));
  CHECK(contains(log, " warning pub: 2 lines"));
}

TEST_CASE("features_are_told_of_each_server") {
  FakeEngine engine;
  engine.servers["a/"] = server("one");
  engine.servers["b/pub"] = server("two");
  const RunResult result =
      run_program({"ls", "--features", "ftp://a/", "ftp://none/", "ftp://b/pub"}, engine);
  CHECK(result.code == 1);
  CHECK(result.out.starts_with("ftp://a/\n  software     one\n"));
  CHECK(contains(result.out, "\n\nftp://b/pub\n  software     two\n"));
  CHECK(result.err ==
        "ftpull: ftp://none/: cannot connect to none. Check the host and the port, or raise "
        "--timeout or --retries\nftpull: 1 of 3 servers failed\n");
  CHECK(engine.listed.empty());
}

TEST_CASE("features_as_json_are_one_line_a_server") {
  FakeEngine engine;
  engine.servers["a/"] = server("one");
  const RunResult result = run_program({"ls", "--features", "--json", "ftp://a/"}, engine);
  CHECK(result.code == 0);
  CHECK(result.out.starts_with(R"({"url":"ftp://a/","software":"one",)"));
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 1);
  CHECK(run_program({"ls", "--features", "--json", "ftp://b/"}, engine).code == 3);
}
