#include "transfer/coordinator.h"

#include <fstream>

#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using namespace ftpull::transfer::fake;
namespace fs = std::filesystem;

namespace {

constexpr size_t kMiB = 1024 * 1024;
constexpr size_t kFileBytes = 5 * kMiB + 12'345;

Server server_with(size_t bytes) {
  Server server;
  server.content = content_of(bytes);
  server.size = bytes;
  return server;
}

void check_fetched(const Result<FetchResult>& result, const Server& server,
                   const fs::path& target) {
  REQUIRE_MESSAGE(result, describe(result.error()));
  CHECK(result->status == FetchStatus::fetched);
  const bool identical = read_file(target) == server.content;
  CHECK(identical);
  CHECK_FALSE(fs::exists(fs::path(target) += ".part"));
  CHECK_FALSE(fs::exists(fs::path(target) += ".part.journal"));
}

}  // namespace

TEST_CASE("a_file_comes_over_many_sessions_with_no_byte_twice") {
  for (const int sessions : {1, 2, 3, 8}) {
    CAPTURE(sessions);
    const Folder folder;
    Server server = server_with(kFileBytes);
    Fetch fetch{server, folder / "f", sessions};
    const auto result = fetch.run();
    check_fetched(result, server, folder / "f");
    check_sent_once(server, kFileBytes);
    CHECK(result->fetched_bytes == kFileBytes);
    CHECK(result->connections == sessions);
    CHECK(server.most_living == sessions);
  }
}

TEST_CASE("sessions_open_for_the_file_and_its_facts_are_asked_for_anew_at_the_end") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  Fetch fetch{server, folder / "f", 2};
  check_fetched(fetch.run(), server, folder / "f");
  CHECK(server.expected_paths == std::vector<std::string>{"f", "f"});
  CHECK(server.asked_anew == std::vector<bool>{false, false, true});
}

TEST_CASE("more_sessions_are_faster") {
  const auto seconds = [](int sessions) {
    const Folder folder;
    Server server = server_with(kFileBytes);
    Fetch fetch{server, folder / "f", sessions};
    check_fetched(fetch.run(), server, folder / "f");
    return to_seconds(fetch.took);
  };
  CHECK(seconds(4) < seconds(1) / 2.5);
}

TEST_CASE("the_file_gets_the_time_of_the_remote_one") {
  const Folder folder;
  Server server = server_with(1000);
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
  const auto info = store::posix_disk().info(folder / "f");
  REQUIRE(info);
  CHECK((*info)->mtime == 1577934245);
}

TEST_CASE("a_range_that_fails_goes_on_where_it_stood") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int range, const RangeRequest&) {
    return range == 1 ? Fault{100'000} : Fault{};
  };
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
  check_sent_once(server, kFileBytes);
}

TEST_CASE("the_range_of_a_lost_session_is_fetched_by_others") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int range, const RangeRequest&) {
    return range == 0 ? Fault{300'000, ErrorKind::network, true} : Fault{};
  };
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
  check_sent_once(server, kFileBytes);
}

TEST_CASE("a_session_that_is_not_reusable_is_not_used_again") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int range, const RangeRequest&) {
    return range == 0 ? Fault{0, ErrorKind::network, false, false} : Fault{};
  };
  Fetch fetch{server, folder / "f", 1};
  check_fetched(fetch.run(), server, folder / "f");
  CHECK(server.opened == 2);
}

TEST_CASE("a_server_without_offsets_gives_the_file_in_one_transfer") {  // F2
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.restarts = false;
  Fetch fetch{server, folder / "f"};
  const auto result = fetch.run();
  check_fetched(result, server, folder / "f");
  check_sent_once(server, kFileBytes);  // the session that had the start goes on
}

TEST_CASE("without_offsets_a_transfer_that_was_told_an_end_begins_at_the_start_again") {  // F14
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.keeps_told_ends = true;
  server.restarts = false;
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
}

TEST_CASE("without_offsets_a_broken_transfer_begins_at_the_start_again") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.restarts = false;
  int from_start = 0;
  server.fault = [&](int, const RangeRequest& request) {
    return request.begin == 0 && from_start++ == 0 ? Fault{2'000'000} : Fault{};
  };
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
  check_sent_once(server, kFileBytes + 2'000'000);
}

TEST_CASE("a_file_of_unknown_size_comes_over_one_session") {  // G2
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.size.reset();
  Fetch fetch{server, folder / "f"};
  const auto result = fetch.run();
  check_fetched(result, server, folder / "f");
  CHECK(result->size_bytes == kFileBytes);
  CHECK(result->connections == 1);
  CHECK(server.requests.size() == 1);
}

TEST_CASE("a_size_of_0_may_be_a_lie") {  // G5
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.size = 0;
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
}

TEST_CASE("an_empty_file_is_fetched") {
  const Folder folder;
  Server server = server_with(0);
  Fetch fetch{server, folder / "f"};
  const auto result = fetch.run();
  check_fetched(result, server, folder / "f");
  CHECK(fs::exists(folder / "f"));
  CHECK(result->size_bytes == 0);
}

TEST_CASE("a_file_under_one_segment_is_one_transfer") {
  for (const size_t bytes : {size_t{1}, size_t{1000}, size_t{256 * 1024 - 1}}) {
    const Folder folder;
    Server server = server_with(bytes);
    Fetch fetch{server, folder / "f"};
    check_fetched(fetch.run(), server, folder / "f");
    CHECK(server.requests.size() == 1);
    check_sent_once(server, bytes);
  }
}

TEST_CASE("stop_keeps_what_is_there_and_the_next_run_fetches_exactly_the_rest") {
  for (const int ms : {1, 50, 300, 700, 1'200}) {
    CAPTURE(ms);
    const Folder folder;
    Server server = server_with(kFileBytes);
    Fetch first{server, folder / "f"};
    first.stop_after = std::chrono::milliseconds(ms);
    const auto stopped = first.run();
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().kind == ErrorKind::interrupted);
    CHECK_FALSE(fs::exists(folder / "f"));
    Fetch second{server, folder / "f", 3};
    const auto result = second.run();
    check_fetched(result, server, folder / "f");
    check_sent_once(server, kFileBytes);
    CHECK(result->resumed_bytes + result->fetched_bytes == kFileBytes);
  }
}

TEST_CASE("a_stop_before_the_first_byte_leaves_nothing_behind") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  Fetch fetch{server, folder / "f"};
  fetch.stop_after = std::chrono::milliseconds(25);
  CHECK_FALSE(fetch.run());
  CHECK_FALSE(fs::exists(folder / "f.part"));
  CHECK_FALSE(fs::exists(folder / "f.part.journal"));
}

TEST_CASE("it_gives_up_after_the_retries_and_says_how_many") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int, const RangeRequest&) { return Fault{0}; };
  Fetch fetch{server, folder / "f", 2, 3};
  const auto result = fetch.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::network);
  CHECK(result.error().message.find("gave up after 4 attempts") != std::string::npos);
  CHECK(result.error().reply == "426 no");
}

TEST_CASE("progress_begins_the_count_of_retries_again") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int range, const RangeRequest&) {
    return range < 20 ? Fault{50'000} : Fault{};
  };
  Fetch fetch{server, folder / "f", 1, 2};
  check_fetched(fetch.run(), server, folder / "f");
  check_sent_once(server, kFileBytes);
}

TEST_CASE("a_missing_file_ends_it_at_once") {  // O1
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int, const RangeRequest&) { return Fault{0, ErrorKind::not_found}; };
  Fetch fetch{server, folder / "f"};
  const auto result = fetch.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::not_found);
  CHECK(fetch.took < std::chrono::milliseconds(500));
  CHECK_FALSE(fs::exists(folder / "f.part"));
}

TEST_CASE("a_missing_file_after_bytes_have_come_is_tried_again") {  // O7, O8
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int range, const RangeRequest&) {
    return range == 4 ? Fault{0, ErrorKind::not_found} : Fault{range == 1 ? 1000 : 10'000'000};
  };
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
}

TEST_CASE("fewer_sessions_than_wanted_do_the_work") {  // C1
  for (const bool named : {false, true}) {
    const Folder folder;
    Server server = server_with(kFileBytes);
    server.most_sessions = 2;
    if (named) server.named_limit = 2;
    Fetch fetch{server, folder / "f", 8};
    const auto result = fetch.run();
    check_fetched(result, server, folder / "f");
    check_sent_once(server, kFileBytes);
    CHECK(result->connections == 2);
    CHECK(server.open_attempts.size() <= 8);
  }
}

TEST_CASE("one_transfer_more_than_the_server_gives_costs_its_session_only") {  // C7
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [](int range, const RangeRequest&) {
    return range == 3 ? Fault{0, ErrorKind::busy} : Fault{};
  };
  Fetch fetch{server, folder / "f", 4};
  check_fetched(fetch.run(), server, folder / "f");
  check_sent_once(server, kFileBytes);
}

TEST_CASE("the_range_of_a_slow_session_is_split") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.rate = [](int session) { return session == 1 ? 20e3 : 1e6; };
  Fetch fetch{server, folder / "f", 4};
  check_fetched(fetch.run(), server, folder / "f");
  check_sent_once(server, kFileBytes);
  // Its even share would take 64 seconds.
  CHECK(to_seconds(fetch.took) < 20);
}

TEST_CASE("a_file_that_is_there_already_is_left_alone") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  Fetch first{server, folder / "f"};
  check_fetched(first.run(), server, folder / "f");
  Fetch again{server, folder / "f"};
  again.digest = true;
  const auto result = again.run();
  REQUIRE(result);
  CHECK(result->status == FetchStatus::already_there);
  CHECK(result->xxh3_128.size() == 32);
  check_sent_once(server, kFileBytes);
}

TEST_CASE("another_file_under_the_name_is_not_overwritten_without_restart") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  std::ofstream(folder / "f") << "mine";
  Fetch fetch{server, folder / "f"};
  const auto result = fetch.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::usage);
  CHECK(read_file(folder / "f") == "mine");
  Fetch again{server, folder / "f"};
  again.restart = true;
  check_fetched(again.run(), server, folder / "f");
}

TEST_CASE("a_dry_run_fetches_and_writes_nothing") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  Fetch fetch{server, folder / "f"};
  fetch.dry_run = true;
  const auto result = fetch.run();
  REQUIRE(result);
  CHECK(result->status == FetchStatus::dry_run);
  CHECK(result->size_bytes == kFileBytes);
  CHECK(server.sent == 0);
  CHECK_FALSE(fs::exists(folder / "f.part"));
}

TEST_CASE("a_refused_password_ends_it_at_once") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.opens_to_fail = 100;
  server.open_error = ErrorKind::login;
  Fetch fetch{server, folder / "f"};
  fetch.one_first = true;
  const auto result = fetch.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::login);
  CHECK(server.open_attempts.size() == 1);
}

TEST_CASE("a_server_that_ignores_offsets_is_found_out_and_the_file_is_right") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.sends_from = [](const RangeRequest&) { return uint64_t{0}; };
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
  REQUIRE(fetch.observer.messages.size() == 1);
  CHECK(fetch.observer.messages[0].find("one connection only") != std::string::npos);
}

TEST_CASE("offsets_that_wrap_are_found_out_and_the_file_is_right") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.sends_from = [](const RangeRequest& request) { return request.begin % (3 * kMiB); };
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
}

TEST_CASE("one_wrong_offset_costs_what_is_not_proven_and_no_more") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  int wrong = 0;
  // Only the last of four ranges begins in the wrong place, and only the first time.
  server.sends_from = [&](const RangeRequest& request) {
    const bool last = request.begin > 3 * kMiB && wrong++ == 0;
    return last ? request.begin - 4096 : request.begin;
  };
  Fetch fetch{server, folder / "f"};
  check_fetched(fetch.run(), server, folder / "f");
  CHECK(server.sent < 2 * kFileBytes);
  CHECK(server.requests.back().begin > 0);
}

TEST_CASE("a_run_that_goes_on_where_offsets_are_ignored_is_not_misled") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  Fetch first{server, folder / "f"};
  first.stop_after = std::chrono::milliseconds(700);
  REQUIRE_FALSE(first.run());
  server.sends_from = [](const RangeRequest&) { return uint64_t{0}; };
  Fetch second{server, folder / "f"};
  check_fetched(second.run(), server, folder / "f");
}
