// A remote file that changes: on resume, between sessions, at the end. Nothing is ever spliced.
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
constexpr size_t kSegmentBytes = 256 * 1024;
constexpr const char* kLater = "20210101000000";

Server server_with(size_t bytes) {
  Server server;
  server.content = content_of(bytes);
  server.size = bytes;
  return server;
}

void change(Server& server) {
  server.mdtm = kLater;
  for (char& c : server.content) c = static_cast<char>(~c);
}

/// The beginning stays as it is.
void grow(Server& server, size_t bytes) {
  server.mdtm = kLater;
  server.content += content_of(bytes);
  server.size = server.content.size();
}

bool has_whole_file(const Folder& folder, const Server& server) {
  return read_file(folder / "f") == server.content && !fs::exists(folder / "f.part") &&
         !fs::exists(folder / "f.part.journal");
}

void check_changed(const Result<FetchResult>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::changed);
  CHECK_FALSE(result.error().hint.empty());
}

void check_set_aside(const Result<FetchResult>& result, const Folder& folder) {
  check_changed(result);
  CHECK(result.error().message.find("f.part.old-1") != std::string::npos);
  CHECK(fs::exists(folder / "f.part.old-1"));
  CHECK(fs::exists(folder / "f.part.old-1.journal"));
  CHECK_FALSE(fs::exists(folder / "f.part"));
  CHECK_FALSE(fs::exists(folder / "f.part.journal"));
}

/// A run that is stopped when some of the file is there.
void begin(Server& server, const Folder& folder) {
  Fetch fetch{server, folder / "f"};
  fetch.stop_after = std::chrono::milliseconds(700);
  CHECK_FALSE(fetch.run());
  CHECK(fs::exists(folder / "f.part"));
  server.sent = 0;
}

void fetch_whole(Server& server, const Folder& folder) {
  Fetch fetch{server, folder / "f"};
  REQUIRE(fetch.run());
  server.sent = 0;
}

}  // namespace

TEST_CASE("a_part_of_another_version_is_set_aside_and_the_next_run_fetches_anew") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  begin(server, folder);
  change(server);
  Fetch second{server, folder / "f"};
  check_set_aside(second.run(), folder);
  CHECK(server.sent == 0);
  Fetch third{server, folder / "f"};
  REQUIRE(third.run());
  CHECK(has_whole_file(folder, server));
  check_sent_once(server, kFileBytes);
}

TEST_CASE("a_part_of_another_version_is_fetched_anew_at_once_when_that_is_wanted") {
  for (const bool restart : {false, true}) {
    CAPTURE(restart);
    const Folder folder;
    Server server = server_with(kFileBytes);
    begin(server, folder);
    change(server);
    Fetch second{server, folder / "f"};
    second.restart = restart;
    if (!restart) second.on_change = OnChange::refetch;
    REQUIRE(second.run());
    CHECK(has_whole_file(folder, server));
    check_sent_once(server, kFileBytes);
    CHECK_FALSE(fs::exists(folder / "f.part.old-1"));
  }
}

TEST_CASE("a_session_that_tells_other_facts_sets_the_part_aside") {  // B19, G12
  const Folder folder;
  Server server = server_with(kFileBytes);
  server.fault = [&](int range, const RangeRequest&) {
    if (range == 3) server.mdtm = kLater;
    return range == 3 ? Fault{1000} : Fault{};
  };
  Fetch fetch{server, folder / "f"};
  check_set_aside(fetch.run(), folder);
  CHECK_FALSE(fs::exists(folder / "f"));
}

TEST_CASE("a_change_that_shows_only_at_the_end_is_found") {
  for (const bool whole : {false, true}) {
    CAPTURE(whole);
    const Folder folder;
    Server server = server_with(whole ? kSegmentBytes / 2 : kFileBytes);
    server.rate = [](int session) { return session == 0 ? 8e6 : 4e6; };
    server.fault = [&](int range, const RangeRequest&) {
      // All sessions have been asked; what is left is the end.
      if (range == (whole ? 0 : 3)) server.mdtm = kLater;
      return Fault{};
    };
    Fetch fetch{server, folder / "f"};
    check_set_aside(fetch.run(), folder);
    CHECK_FALSE(fs::exists(folder / "f"));
    CHECK(read_file(folder / "f.part.old-1") == server.content);
  }
}

TEST_CASE("the_file_is_asked_about_once_more_at_the_end_and_not_when_nothing_was_fetched") {
  const Folder folder;
  Server server = server_with(kSegmentBytes / 2);
  Fetch fetch{server, folder / "f", 1};
  REQUIRE(fetch.run());
  CHECK(server.inspections == 2);
  Fetch again{server, folder / "f", 1};
  REQUIRE(again.run());
  CHECK(server.inspections == 3);
}

TEST_CASE("a_session_that_dies_before_the_last_answer_is_replaced") {
  const Folder folder;
  Server server = server_with(kSegmentBytes / 2);
  server.fault = [](int, const RangeRequest&) {
    Fault fault;
    fault.reusable = false;
    fault.after_bytes = kSegmentBytes;
    return fault;
  };
  Fetch fetch{server, folder / "f"};
  REQUIRE(fetch.run());
  CHECK(has_whole_file(folder, server));
}

TEST_CASE("a_file_that_is_gone_at_the_end_does_not_get_its_name") {
  const Folder folder;
  Server server = server_with(kSegmentBytes / 2);
  server.fault = [&](int, const RangeRequest&) {
    server.gone = true;
    return Fault{};
  };
  Fetch fetch{server, folder / "f"};
  const auto result = fetch.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::changed);
  CHECK(result.error().message.find("gone") != std::string::npos);
  CHECK(fs::exists(folder / "f.part.old-1"));
}

TEST_CASE("a_change_while_the_new_file_is_wanted_leaves_nothing_behind") {
  const Folder folder;
  Server server = server_with(kSegmentBytes / 2);
  server.fault = [&](int, const RangeRequest&) {
    server.mdtm = kLater;
    return Fault{};
  };
  Fetch fetch{server, folder / "f"};
  fetch.on_change = OnChange::refetch;
  check_changed(fetch.run());
  CHECK_FALSE(fs::exists(folder / "f.part"));
  CHECK_FALSE(fs::exists(folder / "f.part.old-1"));
}

TEST_CASE("a_part_of_a_file_that_has_grown_is_gone_on_with") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  begin(server, folder);
  grow(server, kMiB);
  Fetch second{server, folder / "f"};
  second.on_change = OnChange::append;
  const auto result = second.run();
  REQUIRE_MESSAGE(result, describe(result.error()));
  CHECK(has_whole_file(folder, server));
  CHECK(result->resumed_bytes > kMiB);
  check_sent_once(server, server.content.size() - result->resumed_bytes);
}

TEST_CASE("a_finished_file_that_has_grown_is_gone_on_with") {
  for (const size_t bytes : {kSegmentBytes / 2, kSegmentBytes, 3 * kSegmentBytes, kFileBytes}) {
    CAPTURE(bytes);
    const Folder folder;
    Server server = server_with(bytes);
    fetch_whole(server, folder);
    grow(server, kMiB);
    Fetch second{server, folder / "f"};
    second.on_change = OnChange::append;
    const auto result = second.run();
    REQUIRE_MESSAGE(result, describe(result.error()));
    CHECK(has_whole_file(folder, server));
    // The first and the last whole segment come again, to be compared.
    const size_t whole = bytes / kSegmentBytes;
    const size_t kept = whole == 0 ? 0 : bytes - std::min<size_t>(whole, 2) * kSegmentBytes;
    CHECK(result->resumed_bytes == kept);
    check_sent_once(server, server.content.size() - kept);
  }
}

TEST_CASE("a_longer_file_whose_beginning_is_another_is_not_gone_on_with") {
  for (const size_t place : {size_t{0}, 5 * kMiB - 100}) {
    for (const bool finished : {false, true}) {
      CAPTURE(place);
      CAPTURE(finished);
      const Folder folder;
      Server server = server_with(kFileBytes);
      const std::string before = server.content;
      finished ? fetch_whole(server, folder) : begin(server, folder);
      if (!finished && place != 0) continue;
      grow(server, kMiB);
      server.content[place] = static_cast<char>(~server.content[place]);
      Fetch second{server, folder / "f"};
      second.on_change = OnChange::append;
      const auto result = second.run();
      REQUIRE_FALSE(result);
      CHECK(result.error().kind == ErrorKind::changed);
      CHECK(fs::exists(folder / "f.part.old-1"));
      if (finished) CHECK(read_file(folder / "f") == before);
    }
  }
}

TEST_CASE("of_a_file_that_grows_meanwhile_the_beginning_is_a_whole_file") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  const std::string before = server.content;
  server.fault = [&](int range, const RangeRequest&) {
    if (range == 2) grow(server, 1000);
    return Fault{};
  };
  Fetch fetch{server, folder / "f"};
  fetch.on_change = OnChange::append;
  const auto result = fetch.run();
  REQUIRE_MESSAGE(result, describe(result.error()));
  CHECK(read_file(folder / "f") == before);
}

TEST_CASE("a_file_that_has_shrunk_is_not_gone_on_with") {
  const Folder folder;
  Server server = server_with(kFileBytes);
  begin(server, folder);
  server.content.resize(kFileBytes - 1000);
  server.size = server.content.size();
  Fetch second{server, folder / "f"};
  second.on_change = OnChange::append;
  check_set_aside(second.run(), folder);
}
