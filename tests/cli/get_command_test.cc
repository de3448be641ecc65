#include "cli/get_command.h"

#include <cstdlib>

#include <doctest/doctest.h>

#include "fake_engine.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

auto failing(ErrorKind kind) {
  return [kind](Observer&) -> Result<FetchResult> { return fail(kind, "it failed", "550 No"); };
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// FTPULL_PASSWORD while it lives.
class PasswordInEnvironment {
 public:
  explicit PasswordInEnvironment(const char* password) { setenv("FTPULL_PASSWORD", password, 1); }
  ~PasswordInEnvironment() { unsetenv("FTPULL_PASSWORD"); }
  PasswordInEnvironment(const PasswordInEnvironment&) = delete;
  PasswordInEnvironment& operator=(const PasswordInEnvironment&) = delete;
};

}  // namespace

TEST_CASE("a_fetched_file_is_summed_up_on_standard_error") {
  FakeEngine engine;
  const RunResult result = run_program({"ftp://host/pub/a.gz"}, engine);
  CHECK(result.code == 0);
  CHECK(result.out.empty());
  CHECK(result.err == "a.gz: 1.00 MiB in 2.0 s (512 KiB/s, 4 connections)\n");
  REQUIRE(engine.fetched.size() == 1);
  CHECK(engine.fetched[0].target == "a.gz");
  CHECK_FALSE(engine.options.digest);
}

TEST_CASE("json_goes_to_standard_output_and_asks_for_the_digest") {
  FakeEngine engine;
  engine.fetches["b"] = failing(ErrorKind::not_found);
  const RunResult result = run_program({"--json", "ftp://host/a", "ftp://host/b"}, engine);
  CHECK(result.code == 1);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 2);
  CHECK(contains(result.out, R"("status":"fetched")"));
  CHECK(contains(result.out, R"("kind":"not_found")"));
  CHECK(result.err ==
        "ftpull: b: it failed; the server said \"550 No\". Check the spelling of its path, or ask "
        "the server's owner\nftpull: 1 of 2 files failed\n");
  CHECK(engine.options.digest);
}

TEST_CASE("one_failure_has_its_own_exit_code") {
  FakeEngine engine;
  engine.fetches["a"] = failing(ErrorKind::login);
  const RunResult result = run_program({"-q", "ftp://host/a"}, engine);
  CHECK(result.code == 4);
  CHECK(result.err ==
        "ftpull: a: it failed; the server said \"550 No\". Check the user's name and password\n");
}

TEST_CASE("an_interruption_ends_the_run_at_once") {
  FakeEngine engine;
  engine.fetches["a"] = failing(ErrorKind::interrupted);
  const RunResult result = run_program({"ftp://host/a", "ftp://host/b"}, engine);
  CHECK(result.code == 130);
  CHECK(engine.fetched.size() == 1);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
}

TEST_CASE("json_has_a_line_for_each_file_that_an_interruption_left_out") {
  FakeEngine engine;
  engine.fetches["b"] = failing(ErrorKind::interrupted);
  const RunResult result = run_program(
      {"--json", "ftp://host/a", "ftp://host/b", "ftp://host/c", "ftp://host/d"}, engine);
  CHECK(result.code == 130);
  CHECK(engine.fetched.size() == 2);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 4);
  for (const char* const name : {"c", "d"}) {
    CHECK(contains(result.out, std::string(R"("path":")") + name + R"(","status":"failed")"));
  }
  CHECK(contains(result.out, R"("kind":"interrupted","reply":null,"message":"interrupted before)"));
}

TEST_CASE("a_failure_tells_how_far_it_came") {
  FakeEngine engine;
  engine.fetches["a"] = [](Observer& observer) -> Result<FetchResult> {
    observer.on_progress({"a", 100, 60, 20, 1.0, 3});
    observer.on_progress({"a", 100, 70, 20, 1.0, 1});
    return fail(ErrorKind::network, "closed");
  };
  const RunResult result = run_program({"--json", "ftp://host/a"}, engine);
  CHECK(contains(result.out, R"("path":"a","status":"failed","bytes":100,"fetched_bytes":50,)"
                             R"("resumed_bytes":20,"seconds":0.0,"connections":3)"));
}

TEST_CASE("warnings_are_shown_unless_quiet_and_information_only_when_verbose") {
  FakeEngine engine;
  bool traced = false;
  engine.fetches["a"] = [&](Observer& observer) -> Result<FetchResult> {
    traced = observer.wants_trace();
    observer.on_message(MessageLevel::warning, "the server is slow");
    observer.on_message(MessageLevel::info, "two sessions");
    if (traced) observer.on_message(MessageLevel::trace, "< 220 hello");
    return FetchResult{};
  };
  const std::string usual = run_program({"ftp://host/a"}, engine).err;
  CHECK(contains(usual, "ftpull: warning: the server is slow\n"));
  CHECK_FALSE(contains(usual, "two sessions"));
  CHECK_FALSE(traced);
  CHECK(run_program({"-q", "ftp://host/a"}, engine).err.empty());

  const std::string verbose = run_program({"-v", "ftp://host/a"}, engine).err;
  CHECK(traced);
  CHECK(contains(verbose, " info two sessions\n"));
  CHECK(contains(verbose, " trace < 220 hello\n"));
  CHECK_FALSE(contains(verbose, " warning the server"));
}

TEST_CASE("the_log_file_has_messages_and_results") {
  const TempFolder folder;
  FakeEngine engine;
  engine.fetches["a"] = [](Observer& observer) -> Result<FetchResult> {
    observer.on_message(MessageLevel::warning, "the server is slow");
    return fail(ErrorKind::network, "closed");
  };
  run_program({"--log-file", folder / "log", "ftp://host/a", "ftp://host/b"}, engine);
  const std::string log = folder.read("log");
  CHECK(contains(log, " warning the server is slow\n"));
  CHECK(contains(log, " warning a: closed. Check the host and the port"));
  CHECK(contains(log, " info b: 1.00 MiB"));
}

TEST_CASE("a_log_file_that_cannot_be_written_stops_before_fetching") {
  const TempFolder folder;
  FakeEngine engine;
  const RunResult result =
      run_program({"--log-file", folder.write("file", "") + "/log", "ftp://host/a"}, engine);
  CHECK(result.code == 6);
  CHECK(contains(result.err, "--log-file"));
  CHECK(engine.fetched.empty());
}

TEST_CASE("a_folder_is_made_only_when_something_will_be_written") {
  const TempFolder folder;
  FakeEngine engine;
  CHECK(run_program({"--dry-run", "-d", folder / "new", "ftp://host/a"}, engine).code == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "new"));
  CHECK(engine.options.dry_run);
  CHECK(run_program({"-d", folder / "new", "ftp://host/a"}, engine).code == 0);
  CHECK(std::filesystem::is_directory(folder / "new"));
  CHECK(run_program({"-d", folder.write("file", "") + "/no", "ftp://host/a"}, engine).code == 6);
}

TEST_CASE("a_usage_error_is_one_line_and_fetches_nothing") {
  FakeEngine engine;
  const RunResult result = run_program({"ftp://host/a", "ftp://host/pub/"}, engine);
  CHECK(result.code == 2);
  CHECK(result.err.starts_with("ftpull: "));
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK(engine.fetched.empty());
}

TEST_CASE("the_password_of_user_comes_from_a_file_or_the_environment") {
  const TempFolder folder;
  const std::string file = folder.write("pw", "from file\nmore\n");
  FakeEngine engine;
  run_program({"--user", "me", "--password-file", file, "ftp://host/a"}, engine);
  CHECK(engine.options.user == "me");
  CHECK(engine.options.password == "from file");

  const PasswordInEnvironment environment("from env");
  run_program({"--user", "me", "ftp://host/a"}, engine);
  CHECK(engine.options.password == "from env");
}

TEST_CASE("a_password_goes_to_its_user_only") {
  const PasswordInEnvironment environment("hush");
  FakeEngine engine;
  run_program({"ftp://me@host/a", "ftp://you:@host/b", "ftp://me:own@host/c", "ftp://host/d",
               "ftp://ftp@host/e"},
              engine);
  REQUIRE(engine.fetched.size() == 5);
  CHECK(engine.fetched[0].url.password == "hush");
  CHECK(engine.fetched[1].url.password == "");
  CHECK(engine.fetched[2].url.password == "own");
  CHECK_FALSE(engine.fetched[3].url.password);
  CHECK_FALSE(engine.fetched[4].url.password);
  CHECK(engine.options.password.empty());
}

TEST_CASE("the_password_of_user_does_not_go_to_another_one_in_a_url") {
  const PasswordInEnvironment environment("hush");
  FakeEngine engine;
  run_program({"--user", "me", "ftp://host/a", "ftp://bob:own@host/b", "ftp://me@host/c"}, engine);
  REQUIRE(engine.fetched.size() == 3);
  CHECK(engine.options.password == "hush");
  CHECK(engine.fetched[1].url.password == "own");
  CHECK(engine.fetched[2].url.password == "hush");

  engine.fetched.clear();
  const std::vector<std::vector<std::string>> lines = {
      {"--user", "me", "ftp://host/a", "ftp://bob@host/b"},
      {"--user", "me", "ftp://bob@host/b"},
      {"ftp://me@host/a", "ftp://bob@host/b"}};
  for (const auto& line : lines) {
    const RunResult result = run_program(line, engine);
    CHECK(result.code == 2);
    CHECK(contains(result.err, "ftp://bob@host/b: there is no password for it"));
    CHECK(contains(result.err, "that of me: fetch this URL by itself"));
  }
  CHECK(engine.fetched.empty());
}

TEST_CASE("a_user_in_a_url_needs_a_password_that_may_be_empty") {
  FakeEngine engine;
  const RunResult result = run_program({"ftp://me@host/a"}, engine);
  CHECK(result.code == 2);
  CHECK(contains(result.err, "no password for the user me. Use --password-file FILE, or set"));
  CHECK(engine.fetched.empty());
  CHECK(run_program({"ftp://me:@host/a"}, engine).code == 0);
}

TEST_CASE("a_user_without_a_password_and_a_password_without_a_user_are_refused") {
  const TempFolder folder;
  FakeEngine engine;
  const RunResult no_password = run_program({"--user", "me", "ftp://host/a"}, engine);
  CHECK(no_password.code == 2);
  CHECK(contains(no_password.err, "--password-file FILE, or set FTPULL_PASSWORD"));
  const RunResult no_user =
      run_program({"--password-file", folder.write("pw", "x"), "ftp://host/a"}, engine);
  CHECK(no_user.code == 2);
  CHECK(contains(no_user.err, "Name the user"));
  CHECK(engine.fetched.empty());
}

TEST_CASE("help_and_version_go_to_standard_output") {
  CHECK(run_program({"--help"}, FakeEngine()).out.starts_with("ftpull fetches files"));
  CHECK(run_program({"--version"}, FakeEngine()).out.starts_with("ftpull "));
}

TEST_CASE("a_standard_output_that_cannot_be_written_is_an_error") {
  FakeConsole fake;
  fake.out.setstate(std::ios::badbit);
  const std::vector<std::string> arguments{"--json", "ftp://host/a"};
  CHECK(run(arguments, FakeEngine(), fake.console) == 6);
  CHECK(contains(fake.err.str(), "standard output cannot be written"));
}
