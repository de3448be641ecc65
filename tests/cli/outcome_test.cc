#include "cli/outcome.h"

#include <doctest/doctest.h>

#include "cli/tally.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

constexpr uint64_t kMiB = 1 << 20;

Outcome fetched() {
  Outcome outcome;
  outcome.source.shown = "ftp://host/file.gz";
  outcome.result.path = "d/file.gz";
  outcome.result.size_bytes = 256 * kMiB;
  outcome.result.fetched_bytes = 256 * kMiB;
  outcome.result.seconds = 3.2;
  outcome.result.connections = 8;
  return outcome;
}

}  // namespace

TEST_CASE("a_summary_tells_size_time_rate_and_connections") {
  Outcome outcome = fetched();
  CHECK(summary(outcome) == "file.gz: 256 MiB in 3.2 s (80.0 MiB/s, 8 connections)");
  outcome.result.resumed_bytes = 120 * kMiB;
  outcome.result.fetched_bytes = 136 * kMiB;
  outcome.result.connections = 1;
  CHECK(summary(outcome) ==
        "file.gz: 256 MiB in 3.2 s (42.5 MiB/s, 1 connection), 120 MiB of it resumed");
}

TEST_CASE("a_repair_is_summed_up_by_what_came_again") {
  Outcome outcome = fetched();
  outcome.result.resumed_bytes = 254 * kMiB;
  outcome.result.fetched_bytes = 2 * kMiB;
  CHECK(repair_summary(outcome) ==
        "file.gz: repaired, 2.00 MiB fetched again in 3.2 s (640 KiB/s, 8 connections)");
}

TEST_CASE("no_time_gives_no_rate") {
  Outcome outcome = fetched();
  outcome.result.seconds = 0;
  CHECK(summary(outcome) == "file.gz: 256 MiB in 0.0 s (8 connections)");
}

TEST_CASE("what_was_not_fetched_is_said") {
  Outcome outcome = fetched();
  outcome.result.status = FetchStatus::already_there;
  CHECK(summary(outcome) == "file.gz: already there");
  outcome.result.status = FetchStatus::dry_run;
  CHECK(summary(outcome) == "would fetch ftp://host/file.gz into d/file.gz, 256 MiB");
  outcome.result.resumed_bytes = 120 * kMiB;
  CHECK(summary(outcome) ==
        "would fetch ftp://host/file.gz into d/file.gz, 120 MiB of 256 MiB are on disk already");
  outcome.result.resumed_bytes = 0;
  outcome.result.size_bytes.reset();
  CHECK(summary(outcome) == "would fetch ftp://host/file.gz into d/file.gz, unknown size");
}

TEST_CASE("a_failure_names_the_file") {
  Outcome outcome = fetched();
  outcome.error = Error{ErrorKind::network, "the connection was closed", "421 Bye", "Try again"};
  CHECK(failure(outcome) ==
        "file.gz: the connection was closed; the server said \"421 Bye\". Try again");
}

TEST_CASE("a_failure_names_the_file_once") {
  Outcome outcome = fetched();
  const auto said = [&](const std::string& message) {
    outcome.error = Error{ErrorKind::usage, message, {}, "Go"};
    return failure(outcome);
  };
  CHECK(said("file.gz: stopped") == "file.gz: stopped. Go");
  CHECK(said("file.gz exists") == "file.gz exists. Go");
  CHECK(said("d/file.gz is a folder") == "d/file.gz is a folder. Go");
  CHECK(said("file.gz.part is too long") == "file.gz: file.gz.part is too long. Go");
}

TEST_CASE("every_failure_says_what_to_do_next") {
  Outcome outcome = fetched();
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::interrupted); ++kind) {
    if (static_cast<ErrorKind>(kind) == ErrorKind::some_failed) continue;
    CAPTURE(kind);
    outcome.error = Error{static_cast<ErrorKind>(kind), "it failed", {}, {}};
    CHECK(failure(outcome).find("it failed. ") != std::string::npos);
  }
}

TEST_CASE("where_nothing_came_the_address_is_doubted") {
  Outcome outcome = fetched();
  outcome.error = Error{ErrorKind::network, "refused", {}, "Go on"};
  CHECK(failure(outcome) == "file.gz: refused. Go on");
  outcome.result.fetched_bytes = 0;
  CHECK(failure(outcome) ==
        "file.gz: refused. Check the host and the port, or raise --timeout or --retries");
}

TEST_CASE("names_are_cleaned_in_sentences") {
  Outcome outcome = fetched();
  outcome.result.path = "a\x1b.gz";
  outcome.result.status = FetchStatus::already_there;
  CHECK(summary(outcome) == "a\\x1b.gz: already there");
}

TEST_CASE("the_exit_code_sums_up") {
  Tally tally;
  CHECK(tally.exit_code() == 0);
  tally.add_failure(ErrorKind::not_found);
  CHECK(tally.exit_code() == 5);
  CHECK_FALSE(tally.closing_line());
  tally.add_failure(ErrorKind::not_found);
  CHECK(tally.exit_code() == 5);
  CHECK(tally.closing_line() == "2 of 2 files failed");
  tally.add_failure(ErrorKind::network);
  CHECK(tally.exit_code() == 1);
  tally.add_failure(ErrorKind::some_failed);
  tally.add_failure(ErrorKind::not_found);
  CHECK(tally.exit_code() == 1);
}

TEST_CASE("one_success_among_failures_makes_it_some_failed") {
  Tally tally;
  tally.add_failure(ErrorKind::login);
  tally.add_success();
  CHECK(tally.exit_code() == 1);
  CHECK(tally.closing_line() == "1 of 2 files failed");
}
