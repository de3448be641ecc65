#include "cli/verify_command.h"

#include <csignal>
#include <cstdlib>

#include <doctest/doctest.h>

#include "fake_engine.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr const char* kUrl = "ftp://host/a.gz";

VerifyResult good(const std::string& path) {
  VerifyResult found;
  found.target = found.path = path;
  found.digests = path + ".digests";
  found.url = kUrl;
  found.size_bytes = found.checked_bytes = 4 * kMiB;
  return found;
}

VerifyResult bad(const std::string& path) {
  VerifyResult found = good(path);
  found.bad = {{kMiB, 2 * kMiB}};
  return found;
}

auto giving(const VerifyResult& found) {
  return [found](Observer&) -> Result<VerifyResult> { return found; };
}

auto failing(ErrorKind kind) {
  return [kind](Observer&) -> Result<FetchResult> { return fail(kind, "it failed", "550 No"); };
}

/// "good" is good, "bad" has one bad range.
FakeEngine two_files() {
  FakeEngine engine;
  engine.verifications["good"] = giving(good("good"));
  engine.verifications["bad"] = giving(bad("bad"));
  return engine;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* kBadVerdict =
    "ftpull: bad: 1 range is not as it came, 1.00 MiB of the 4.00 MiB read\n"
    "  bytes 1048576 to 2097152 (1.00 MiB)\n";

}  // namespace

TEST_CASE("a_file_that_is_as_it_came_is_said_to_be") {
  const FakeEngine engine = two_files();
  const RunResult result = run_program({"verify", "good"}, engine);
  CHECK(result.code == 0);
  CHECK(result.out.empty());
  CHECK(result.err == "good: 4.00 MiB read, every byte is as it came\n");
  CHECK(engine.fetchers == 0);
}

TEST_CASE("bad_ranges_are_named_with_what_to_type_next") {
  const FakeEngine engine = two_files();
  const RunResult result = run_program({"verify", "bad"}, engine);
  CHECK(result.code == 7);
  CHECK(result.err ==
        std::string(kBadVerdict) +
            "To fetch only this again type: ftpull verify --repair ftp://host/a.gz bad\n");
  CHECK(engine.fetchers == 0);
}

TEST_CASE("the_path_to_repair_is_the_one_that_was_typed") {
  FakeEngine engine;
  engine.verifications["d/a.digests"] = giving(bad("d/a"));
  CHECK(run_program({"verify", "d/a.digests"}, engine).err.ends_with(" d/a.digests\n"));
}

TEST_CASE("quiet_leaves_only_what_is_bad") {
  const FakeEngine engine = two_files();
  CHECK(run_program({"verify", "-q", "good"}, engine).err.empty());
  CHECK(run_program({"verify", "-q", "bad"}, engine).err.starts_with(kBadVerdict));
}

TEST_CASE("a_path_that_cannot_be_verified_says_why") {
  const RunResult result = run_program({"verify", "none"}, FakeEngine());
  CHECK(result.code == 5);
  CHECK(result.err == "ftpull: none has no digests. Fetch it with them\n");
}

TEST_CASE("one_path_that_fails_does_not_keep_the_others_from_being_read") {
  const FakeEngine engine = two_files();
  const RunResult result = run_program({"verify", "bad", "none", "good"}, engine);
  CHECK(result.code == 1);
  CHECK(contains(result.err, "bad: 1 range"));
  CHECK(contains(result.err, "none has no digests"));
  CHECK(contains(result.err, "good: 4.00 MiB read"));
  CHECK(result.err.ends_with("ftpull: 2 of 3 files failed\n"));
}

TEST_CASE("when_all_are_bad_the_exit_code_says_so") {
  const FakeEngine engine = two_files();
  CHECK(run_program({"verify", "bad", "bad"}, engine).code == 7);
}

TEST_CASE("verify_as_json_is_one_line_a_path") {
  const FakeEngine engine = two_files();
  const RunResult result = run_program({"verify", "--json", "good", "bad", "none"}, engine);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 3);
  CHECK(result.out.starts_with(R"({"path":"good","target":"good","digests":"good.digests")"));
  CHECK(
      contains(result.out, R"("ok":false,"bad":[{"begin":1048576,"end":2097152}],"error":null})"));
  CHECK(contains(result.out, R"({"path":"none","target":null)"));
  CHECK_FALSE(contains(result.out, "repair"));
  CHECK_FALSE(contains(result.err, "every byte"));
  CHECK(contains(result.err, "1 range"));
}

TEST_CASE("reading_is_shown_like_fetching_but_without_connections") {
  FakeEngine engine;
  engine.verifications["a"] = [](Observer& observer) -> Result<VerifyResult> {
    observer.on_progress({"a", 4 * kMiB, kMiB, 0, 1.0 * kMiB, 0});
    observer.on_message(MessageLevel::warning, "the disk is slow");
    return good("a");
  };
  const std::string shown = run_program({"verify", "--progress=bar", "a"}, engine).err;
  CHECK(contains(shown, "a  25% 1.00 MiB/4.00 MiB  1.00 MiB/s  ETA 0:03\x1b[K"));
  CHECK(contains(shown, "\r\x1b[Kftpull: warning: the disk is slow\n"));
  CHECK(run_program({"verify", "-q", "--progress=bar", "a"}, engine).err.empty());
}

TEST_CASE("the_log_file_has_a_line_for_each_line_of_a_verdict") {
  const TempFolder folder;
  const FakeEngine engine = two_files();
  run_program({"verify", "--log-file", folder / "log", "good", "bad"}, engine);
  const std::string log = folder.read("log");
  CHECK(contains(log, " info good: 4.00 MiB read"));
  CHECK(contains(log, " warning bad: 1 range is not as it came"));
  CHECK(contains(log, " warning   bytes 1048576 to 2097152 (1.00 MiB)\n"));
  CHECK(contains(log, " warning To fetch only this again"));
}

TEST_CASE("a_repair_fetches_what_was_found_bad_and_succeeds") {
  const FakeEngine engine = two_files();
  const RunResult result =
      run_program({"verify", "--repair", "ftp://mirror/b.gz", "-n2", "bad"}, engine);
  CHECK(result.code == 0);
  CHECK(result.err ==
        std::string(kBadVerdict) +
            "bad: repaired, 1.00 MiB fetched again in 2.0 s (512 KiB/s, 4 connections)\n");
  REQUIRE(engine.repaired.size() == 1);
  CHECK(engine.repaired[0].url.host == "mirror");
  CHECK(engine.repaired[0].found.bad == bad("bad").bad);
  CHECK(engine.options.connections == 2);
  CHECK(engine.fetched.empty());
}

TEST_CASE("a_good_file_is_not_repaired_and_nobody_is_connected_to") {
  const FakeEngine engine = two_files();
  const RunResult result = run_program({"verify", "--repair", kUrl, "good"}, engine);
  CHECK(result.code == 0);
  CHECK(result.err == "good: 4.00 MiB read, every byte is as it came; nothing to repair\n");
  CHECK(engine.fetchers == 0);
}

TEST_CASE("what_cannot_be_verified_is_not_repaired") {
  const FakeEngine engine;
  CHECK(run_program({"verify", "--repair", kUrl, "none"}, engine).code == 5);
  CHECK(engine.fetchers == 0);
}

TEST_CASE("a_repair_as_json_stands_in_the_object_of_its_path") {
  const FakeEngine engine = two_files();
  const RunResult result = run_program({"verify", "--json", "--repair", kUrl, "bad"}, engine);
  CHECK(result.code == 0);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 1);
  CHECK(contains(result.out, R"("ok":false,)"));
  CHECK(
      contains(result.out, R"("repair":{"url":"ftp://host/a.gz","path":"bad","status":"fetched")"));
  CHECK_FALSE(contains(result.err, "repaired"));
  CHECK(engine.options.digest);
}

TEST_CASE("a_repair_that_fails_tells_its_reason_and_what_is_still_good") {
  FakeEngine engine = two_files();
  engine.repair = failing(ErrorKind::login);
  const RunResult result = run_program({"verify", "--json", "--repair", kUrl, "bad"}, engine);
  CHECK(result.code == 4);
  CHECK(contains(result.err, "ftpull: bad: it failed; the server said \"550 No\". "));
  CHECK(contains(result.out, R"("path":"bad","status":"failed","bytes":4194304,)"
                             R"("fetched_bytes":0,"resumed_bytes":3145728)"));
  CHECK(contains(result.out, R"("kind":"login")"));
}

TEST_CASE("after_a_repair_that_took_the_name_away_status_tells_how_to_go_on") {
  const TempFolder folder;
  const std::string path = folder.write("a", "content");
  FakeEngine engine;
  engine.verifications[path] = giving(bad(path));
  const std::string hint =
      "It is an unfinished download now; to see how to go on type: ftpull status " + path;
  const std::vector<std::string> line{"verify", "--repair", kUrl, path};

  engine.repair = failing(ErrorKind::network);
  CHECK_FALSE(contains(run_program(line, engine).err, hint));
  std::filesystem::remove(path);
  CHECK(contains(run_program(line, engine).err, hint));
  engine.repair = failing(ErrorKind::changed);
  const RunResult other_file = run_program(line, engine);
  CHECK(other_file.code == 7);
  CHECK_FALSE(contains(other_file.err, hint));
}

TEST_CASE("a_signal_stops_a_repair_in_good_order") {
  FakeEngine engine = two_files();
  engine.repair = [&](Observer&) -> Result<FetchResult> {
    std::raise(SIGINT);
    return fail(ErrorKind::interrupted, "stopped");
  };
  CHECK(run_program({"verify", "--repair", kUrl, "bad"}, engine).code == 130);
  CHECK(engine.stops == 1);
}

TEST_CASE("the_password_of_a_repair_comes_from_where_that_of_a_fetch_does") {
  const TempFolder folder;
  const std::string file = folder.write("pw", "hush\n");
  const FakeEngine engine = two_files();
  run_program({"verify", "--repair", kUrl, "--user=me", "--password-file", file, "bad"}, engine);
  CHECK(engine.options.user == "me");
  CHECK(engine.options.password == "hush");

  setenv("FTPULL_PASSWORD", "from env", 1);
  run_program({"verify", "--repair", "ftp://you@host/a.gz", "bad"}, engine);
  unsetenv("FTPULL_PASSWORD");
  REQUIRE(engine.repaired.size() == 2);
  CHECK(engine.repaired[1].url.password == "from env");
  CHECK(engine.options.password.empty());
}

TEST_CASE("what_is_wrong_with_a_repair_is_found_before_anything_is_read") {
  FakeEngine engine;
  int reads = 0;
  engine.verifications["bad"] = [&](Observer&) -> Result<VerifyResult> {
    ++reads;
    return bad("bad");
  };
  const auto refused = [&](const std::string& url) {
    const RunResult result = run_program({"verify", "--repair", url, "bad"}, engine);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK(contains(refused("a.gz"), "not an FTP URL"));
  CHECK(contains(refused("ftp://host/pub/"),
                 "is a folder. Name one file in it; to list it type: ftpull ls ftp://host/pub/"));
  CHECK(contains(refused("ftps://host/a"), "no TLS yet"));
  CHECK(contains(refused("ftp://me@host/a"), "there is no password for the user me"));
  CHECK(reads == 0);
}

TEST_CASE("a_verification_whose_output_cannot_be_written_fails") {
  FakeConsole fake;
  fake.out.setstate(std::ios::badbit);
  const std::vector<std::string> arguments{"verify", "--json", "good"};
  CHECK(run(arguments, two_files(), fake.console) == 6);
}
