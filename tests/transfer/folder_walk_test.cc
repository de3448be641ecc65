#include "transfer/folder_walk.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using fake::Server;

namespace {

std::string folder_line(std::string_view name) {
  return fmt::format("type=dir;modify=20200102030405; {}\r\n", name);
}
std::string file_line(std::string_view name) {
  return fmt::format("type=file;size=5; {}\r\n", name);
}

Server tree() {
  Server server;
  server.listings = {{"a", folder_line("y") + file_line("z.bin") + folder_line("x")},
                     {"a/x", file_line("1.bin")},
                     {"a/y", folder_line("deep")},
                     {"a/y/deep", ""}};
  return server;
}

/// One walk from beginning to end.
struct Walk {
  explicit Walk(Server& its_server) : server(its_server) {}

  Status run() {
    fake::Time time;
    fake::FakeFactory factory(time, server);
    SessionPool::Options pool_options;
    pool_options.tuner.fixed = sessions;
    pool_options.pace = ConnectPace(Duration(0));
    SessionPool pool(factory, pool_options);
    FolderWalk::Options options;
    options.path = path;
    options.recursive = recursive;
    options.sessions = sessions;
    options.retries = retries;
    options.wants_targets = wants_targets;
    options.enters = enters;
    FolderWalk* its_walk = nullptr;
    FolderWalk walk(options, pool, [&](ListedFolder&& folder) {
      folders.push_back(std::move(folder));
      if (on_folder) on_folder(*its_walk, folders.back());
    });
    its_walk = &walk;
    if (paused_for) {
      walk.set_paused(true);
      time.after(*paused_for, [&] { walk.set_paused(false); });
    }
    bool stopped = false;
    if (stop_after) time.after(*stop_after, [&] { stopped = true; });
    const auto turn = [&](TimePoint next) { REQUIRE(time.advance(next)); };
    constexpr int kMostSteps = 100'000;
    for (int steps = 0; !walk.result(); ++steps) {
      REQUIRE(steps < kMostSteps);
      if (stopped) walk.stop();
      const TimePoint next = walk.step(time.now());
      if (!walk.result() && !pool.failure()) turn(next);
    }
    const Status result = *walk.result();
    pool.close_all();
    for (int steps = 0; !pool.all_closed(); ++steps) {
      REQUIRE(steps < kMostSteps);
      const TimePoint next = pool.step(time.now());
      if (!pool.all_closed()) turn(next);
    }
    return result;
  }

  const ListedFolder* find(std::string_view folder) const {
    const auto found = std::find_if(folders.begin(), folders.end(),
                                    [&](const ListedFolder& f) { return f.path == folder; });
    return found == folders.end() ? nullptr : &*found;
  }

  Server& server;
  std::string path = "a";
  bool recursive = true;
  int sessions = 2;
  int retries = 2;
  bool wants_targets = false;
  std::function<bool(const std::string&)> enters;
  std::function<void(FolderWalk&, const ListedFolder&)> on_folder;
  std::optional<Duration> paused_for;
  std::optional<Duration> stop_after;
  std::vector<ListedFolder> folders;
};

}  // namespace

TEST_CASE("one_folder_comes_by_name") {
  Server server = tree();
  Walk walk(server);
  walk.recursive = false;
  REQUIRE(walk.run());
  REQUIRE(walk.folders.size() == 1);
  const ListedFolder& folder = walk.folders.front();
  CHECK(folder.path == "a");
  REQUIRE(folder.entries.size() == 3);
  CHECK(folder.entries[0].name == "x");
  CHECK(folder.entries[1].name == "y");
  CHECK(folder.entries[2].size_bytes == 5);
  CHECK(folder.unusable_lines == 0);
  CHECK_FALSE(folder.error);
}

TEST_CASE("a_tree_comes_whole_and_each_folder_once") {
  for (const int sessions : {1, 2, 4}) {
    Server server = tree();
    Walk walk(server);
    walk.sessions = sessions;
    REQUIRE(walk.run());
    CHECK(walk.folders.size() == 4);
    for (const char* path : {"a", "a/x", "a/y", "a/y/deep"}) CHECK(walk.find(path) != nullptr);
    CHECK(server.requests.size() == 4);
    CHECK(server.most_living <= sessions);
  }
}

TEST_CASE("paths_below_the_login_folder_and_the_root_have_one_slash") {
  Server server;
  server.listings = {{"", folder_line("a")}, {"a", ""}, {"/", folder_line("b")}, {"/b", ""}};
  Walk login(server);
  login.path = "";
  REQUIRE(login.run());
  CHECK(login.find("a") != nullptr);
  Walk root(server);
  root.path = "/";
  REQUIRE(root.run());
  CHECK(root.find("/b") != nullptr);
}

TEST_CASE("the_folder_that_was_asked_for_must_be_there") {
  Server server;
  Walk walk(server);
  const Status result = walk.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::not_found);
  CHECK(walk.folders.empty());
  CHECK(server.requests.size() == 1);
}

TEST_CASE("a_folder_below_that_cannot_be_listed_is_told_and_the_others_go_on") {
  Server server = tree();
  server.listings.erase("a/y");
  Walk walk(server);
  REQUIRE(walk.run());
  REQUIRE(walk.find("a/y") != nullptr);
  REQUIRE(walk.find("a/y")->error);
  CHECK(walk.find("a/y")->error->kind == ErrorKind::not_found);
  CHECK(walk.find("a/x")->entries.size() == 1);
}

TEST_CASE("a_listing_that_breaks_off_is_listed_again_from_the_start") {
  for (const bool lost : {false, true}) {
    Server server = tree();
    server.fault = [lost](int range, const RangeRequest&) {
      return range < 2 ? fake::Fault{40, ErrorKind::network, lost} : fake::Fault{};
    };
    Walk walk(server);
    walk.recursive = false;
    REQUIRE(walk.run());
    CHECK(server.requests.size() == 3);
    CHECK(walk.find("a")->entries.size() == 3);
  }
}

TEST_CASE("a_listing_that_always_breaks_off_is_given_up") {
  Server server = tree();
  server.fault = [](int, const RangeRequest& request) {
    return request.path == "a/y" ? fake::Fault{20} : fake::Fault{};
  };
  Walk walk(server);
  REQUIRE(walk.run());
  REQUIRE(walk.find("a/y")->error);
  CHECK(walk.find("a/y")->error->kind == ErrorKind::network);
  CHECK(walk.find("a/y")->entries.empty());
  CHECK(walk.find("a/y/deep") == nullptr);
}

TEST_CASE("a_session_that_cannot_be_used_again_is_replaced") {
  Server server = tree();
  server.fault = [](int range, const RangeRequest&) {
    return range == 0 ? fake::Fault{40, ErrorKind::network, false, false} : fake::Fault{};
  };
  Walk walk(server);
  REQUIRE(walk.run());
  CHECK(walk.folders.size() == 4);
}

TEST_CASE("one_transfer_too_many_lowers_the_number_of_sessions") {
  Server server = tree();
  for (int i = 0; i < 20; ++i) server.listings["a"] += folder_line(fmt::format("f{}", i));
  for (int i = 0; i < 20; ++i) server.listings[fmt::format("a/f{}", i)] = file_line("b");
  int refused = 0;
  server.fault = [&](int range, const RangeRequest&) {
    return range % 3 == 1 && ++refused < 5 ? fake::Fault{0, ErrorKind::busy} : fake::Fault{};
  };
  Walk walk(server);
  walk.sessions = 4;
  REQUIRE(walk.run());
  CHECK(walk.folders.size() == 24);
}

TEST_CASE("a_listing_for_which_there_is_no_room_waits_for_its_turn") {
  Server server = tree();
  server.fault = [](int range, const RangeRequest&) {
    return range == 2 ? fake::Fault{0, ErrorKind::busy} : fake::Fault{};
  };
  Walk walk(server);
  walk.retries = 0;
  REQUIRE(walk.run());
  CHECK(walk.folders.size() == 4);
  for (const ListedFolder& folder : walk.folders) CHECK_FALSE(folder.error);
}

TEST_CASE("alone_a_listing_for_which_there_is_no_room_is_tried_as_often_as_any") {
  Server server = tree();
  int tried = 0;
  server.fault = [&](int, const RangeRequest&) {
    ++tried;
    return fake::Fault{0, ErrorKind::busy};
  };
  Walk walk(server);
  walk.recursive = false;
  const Status result = walk.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::busy);
  CHECK(tried == walk.retries + 1);
}

TEST_CASE("what_is_no_listing_is_an_error_and_not_an_empty_folder") {
  Server server = tree();
  server.listings["a/x"] = "ftpd: .: Permission denied\r\n";  // E12
  Walk walk(server);
  REQUIRE(walk.run());
  REQUIRE(walk.find("a/x")->error);
  CHECK(walk.find("a/x")->error->kind == ErrorKind::protocol);
}

TEST_CASE("a_listing_has_a_greatest_size") {
  ListingSink sink(0);
  const std::string line(1 << 20, 'x');
  const auto bytes = std::as_bytes(std::span(line));
  uint64_t taken = 0;
  Status status;
  for (; status && taken <= ListingSink::kMostBytes; taken += bytes.size()) {
    status = sink.write(bytes);
  }
  CHECK(taken == ListingSink::kMostBytes + bytes.size());
  REQUIRE_FALSE(status);
  CHECK(status.error().kind == ErrorKind::protocol);
  CHECK(status.error().message == "the listing has more than 512 MiB");
}

TEST_CASE("lines_that_cannot_be_used_are_counted") {
  Server server = tree();
  server.listings["a/x"] = file_line("1.bin") + file_line("../../etc/passwd") + "what?\r\n";
  Walk walk(server);
  REQUIRE(walk.run());
  CHECK_FALSE(walk.find("a/x")->error);
  CHECK(walk.find("a/x")->entries.size() == 1);
  CHECK(walk.find("a/x")->unusable_lines == 2);
  CHECK(walk.find("a/x")->first_unusable.find("passwd") != std::string::npos);
}

TEST_CASE("a_tree_without_an_end_has_one") {
  Server server;
  std::string path = "a";
  for (int depth = 0; depth < FolderWalk::kMostDepth + 10; ++depth) {
    server.listings[path] = folder_line("a") + file_line(std::to_string(depth));
    path += "/a";
  }
  Walk walk(server);
  REQUIRE(walk.run());
  CHECK(walk.folders.size() == FolderWalk::kMostDepth + 1);
  CHECK(std::count_if(walk.folders.begin(), walk.folders.end(),
                      [](const ListedFolder& folder) { return folder.error.has_value(); }) == 1);
}

TEST_CASE("a_folder_that_lists_what_one_above_it_lists_is_a_loop") {
  // Through a link "up" that leads to its own folder.
  Server server;
  server.listings["a"] = folder_line("up") + file_line("1.bin");
  server.listings["a/up"] = server.listings["a"];
  Walk walk(server);
  REQUIRE(walk.run());
  CHECK(walk.folders.size() == 2);
  REQUIRE(walk.find("a/up")->error);
  CHECK(walk.find("a/up")->error->message.find("is one of the folders above it") !=
        std::string::npos);
  CHECK(walk.find("a/up")->entries.empty());
}

TEST_CASE("folders_alike_without_files_are_no_loop_yet") {
  Server server;
  server.listings = {{"a", folder_line("2020")},
                     {"a/2020", folder_line("2020")},
                     {"a/2020/2020", folder_line("2020")},
                     {"a/2020/2020/2020", file_line("1.bin")}};
  Walk walk(server);
  REQUIRE(walk.run());
  CHECK(walk.folders.size() == 4);
  for (const ListedFolder& folder : walk.folders) CHECK_FALSE(folder.error);
  server.listings["a/2020/2020/2020"] = folder_line("2020");
  Walk endless(server);
  REQUIRE(endless.run());
  REQUIRE(endless.find("a/2020/2020/2020") != nullptr);
  CHECK(endless.find("a/2020/2020/2020")->error);
}

TEST_CASE("folders_that_are_not_wanted_are_not_listed") {
  Server server = tree();
  Walk walk(server);
  walk.enters = [](const std::string& path) { return path != "a/y"; };
  REQUIRE(walk.run());
  CHECK(walk.find("a/x") != nullptr);
  CHECK(walk.folders.size() == 2);
  CHECK(server.requests.size() == 2);
}

TEST_CASE("targets_that_mlsd_does_not_tell_come_from_list") {
  Server server;
  server.listings["a"] = "type=OS.unix=slink; l\r\ntype=OS.unix=slink; m\r\n" + file_line("f");
  server.targets["a"] =
      "lrwxrwxrwx 1 0 0 1 Jan 02 03:04 l -> x/y\r\n"
      "-rw-r--r-- 1 0 0 5 Jan 02 03:04 f\r\n";
  Walk walk(server);
  REQUIRE(walk.run());
  CHECK(server.requests.size() == 1);
  walk.folders.clear();
  walk.wants_targets = true;
  REQUIRE(walk.run());
  REQUIRE(server.requests.size() == 3);
  CHECK(server.requests.back().lists_links);
  REQUIRE(walk.find("a")->entries.size() == 3);
  CHECK(walk.find("a")->entries[0].size_bytes == 5);
  CHECK(walk.find("a")->entries[1].target == "x/y");
  CHECK(walk.find("a")->entries[2].target.empty());
}

TEST_CASE("targets_that_cannot_be_had_leave_the_folder_as_it_is") {
  Server server;
  server.listings["a"] = "type=OS.unix=slink; l\r\n";
  Walk walk(server);
  walk.wants_targets = true;
  REQUIRE(walk.run());
  REQUIRE(walk.folders.size() == 1);
  CHECK_FALSE(walk.find("a")->error);
  CHECK(walk.find("a")->entries.size() == 1);
}

TEST_CASE("a_folder_that_others_find_is_listed_too") {
  Server server = tree();
  server.listings["elsewhere"] = file_line("2.bin");
  for (const char* last : {"a", "a/y/deep"}) {
    Walk walk(server);
    walk.on_folder = [&](FolderWalk& its, const ListedFolder& folder) {
      if (folder.path == last) its.add("elsewhere");
    };
    REQUIRE(walk.run());
    CHECK(walk.find("elsewhere") != nullptr);
    CHECK(walk.folders.size() == 5);
  }
}

TEST_CASE("a_walk_that_is_paused_begins_nothing") {
  Server server = tree();
  Walk walk(server);
  walk.paused_for = std::chrono::minutes(1);
  walk.stop_after = std::chrono::seconds(30);
  CHECK_FALSE(walk.run());
  CHECK(walk.folders.empty());
  walk.stop_after.reset();
  REQUIRE(walk.run());
  CHECK(walk.folders.size() == 4);
}

TEST_CASE("a_walk_that_is_stopped_ends_soon") {
  for (const int after_ms : {0, 15, 35, 60}) {
    Server server = tree();
    server.rate = [](int) { return 100.0; };
    Walk walk(server);
    walk.stop_after = std::chrono::milliseconds(after_ms);
    const Status result = walk.run();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::interrupted);
  }
}

TEST_CASE("a_refused_login_is_the_error_of_the_walk") {
  Server server = tree();
  server.opens_to_fail = 10;
  server.open_error = ErrorKind::login;
  Walk walk(server);
  const Status result = walk.run();
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::login);
}
