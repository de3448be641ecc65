#include "store/host_profile_file.h"

#include <sys/stat.h>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/temp_folder.h"
#include "store/disk.h"

using namespace ftpull;
using namespace ftpull::store;
using ftpull::cli::TempFolder;

namespace {

namespace fs = std::filesystem;

constexpr std::time_t kNow = 1'767'312'000;

HostProfile with_cap(int cap) {
  HostProfile profile;
  profile.cap = {cap, kNow};
  profile.seen = kNow;
  return profile;
}

void check_saved(const Status& saved) {
  REQUIRE_MESSAGE(saved, (saved ? "" : describe(saved.error())));
}

HostProfiles loaded(const fs::path& path) {
  auto profiles = load(path, kNow);
  REQUIRE_MESSAGE(profiles, (profiles ? "" : describe(profiles.error())));
  return *profiles;
}

mode_t mode_of(const fs::path& path) {
  struct stat st {};
  REQUIRE(lstat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}

Environment environment(std::map<std::string, std::string> values) {
  return [values](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  };
}

}  // namespace

TEST_CASE("the_cache_is_where_xdg_says") {
  CHECK(default_path(environment({{"XDG_CACHE_HOME", "/c"}, {"HOME", "/h"}})) ==
        "/c/ftpull/hosts.json");
  CHECK(default_path(environment({{"HOME", "/h"}})) == "/h/.cache/ftpull/hosts.json");
  CHECK(default_path(environment({{"XDG_CACHE_HOME", "c"}, {"HOME", "/h"}})) ==
        "/h/.cache/ftpull/hosts.json");
  CHECK(default_path(environment({{"XDG_CACHE_HOME", ""}, {"HOME", "/h"}})) ==
        "/h/.cache/ftpull/hosts.json");
  CHECK_FALSE(default_path(environment({{"HOME", ""}})));
  CHECK_FALSE(default_path(environment({})));
}

TEST_CASE("what_was_saved_is_loaded_and_other_hosts_stay") {
  const TempFolder folder;
  const fs::path path = folder / "cache/ftpull/hosts.json";
  CHECK(loaded(path).empty());
  check_saved(save(path, "a:21", with_cap(1), kNow));
  check_saved(save(path, "b:21", with_cap(2), kNow));
  const auto profiles = loaded(path);
  CHECK(profiles.size() == 2);
  CHECK(profiles.at("a:21") == with_cap(1));
  CHECK(profiles.at("b:21") == with_cap(2));
}

TEST_CASE("a_later_save_of_a_host_is_merged") {
  const TempFolder folder;
  const fs::path path = folder / "hosts.json";
  check_saved(save(path, "a:21", with_cap(1), kNow));
  HostProfile later;
  later.seen = kNow;
  later.epsv_fails = true;
  check_saved(save(path, "a:21", later, kNow));
  CHECK(loaded(path).at("a:21").cap->value == 1);
  CHECK(loaded(path).at("a:21").epsv_fails);
}

TEST_CASE("nobody_else_may_read_it") {
  const TempFolder folder;
  const mode_t before = umask(0);
  const auto saved = save(folder / "cache/ftpull/hosts.json", "a:21", with_cap(1), kNow);
  umask(before);
  check_saved(saved);
  CHECK(mode_of(folder / "cache") == 0700);
  CHECK(mode_of(folder / "cache/ftpull") == 0700);
  CHECK(mode_of(folder / "cache/ftpull/hosts.json") == 0600);
}

TEST_CASE("a_foreign_file_is_reported_and_then_replaced") {
  const TempFolder folder;
  const fs::path path = folder.write("hosts.json", "my own list of hosts");
  const auto refused = load(path, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::disk);
  CHECK(refused.error().message.find(path.native()) != std::string::npos);
  check_saved(save(path, "a:21", with_cap(1), kNow));
  CHECK(loaded(path).size() == 1);
}

TEST_CASE("a_file_that_is_too_long_is_refused") {
  const TempFolder folder;
  const fs::path path = folder.write("hosts.json", R"({"version": 1, "hosts": {}})");
  fs::resize_file(path, 8ULL << 30);  // sparse: it must not be read whole either
  CHECK_FALSE(load(path, kNow));
}

TEST_CASE("what_is_not_a_file_is_refused_and_not_waited_for") {
  const TempFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_FALSE(load(folder / "pipe", kNow));
  fs::create_directory(folder / "folder");
  CHECK_FALSE(load(folder / "folder", kNow));
  CHECK_FALSE(save(folder / "folder", "a:21", with_cap(1), kNow));
}

TEST_CASE("a_place_that_cannot_be_written_is_an_error_with_its_name") {
  const TempFolder folder;
  folder.write("cache", "a file where a folder should be");
  const auto saved = save(folder / "cache/ftpull/hosts.json", "a:21", with_cap(1), kNow);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().kind == ErrorKind::disk);
  CHECK(saved.error().message.find("cache") != std::string::npos);
}

TEST_CASE("a_host_without_a_clean_name_is_not_remembered") {
  const TempFolder folder;
  const auto saved = save(folder / "hosts.json", "a\n:21", with_cap(1), kNow);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().kind == ErrorKind::usage);
  CHECK_FALSE(fs::exists(folder / "hosts.json"));
}

TEST_CASE("what_a_killed_run_left_does_not_stand_in_the_way") {
  const TempFolder folder;
  folder.write("hosts.json.new", std::string(100'000, 'x'));
  check_saved(save(folder / "hosts.json", "a:21", with_cap(1), kNow));
  CHECK(loaded(folder / "hosts.json").size() == 1);
  CHECK_FALSE(fs::exists(folder / "hosts.json.new"));
}

TEST_CASE("saves_at_the_same_time_lose_nothing") {
  const TempFolder folder;
  const fs::path path = folder / "cache/hosts.json";
  constexpr int kThreads = 4;
  constexpr int kHosts = 10;
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int host = 0; host < kHosts; ++host) {
        if (!save(path, fmt::format("h{}-{}:21", thread, host), with_cap(1), kNow)) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(loaded(path).size() == kThreads * kHosts);
}

TEST_CASE("a_lock_that_stays_held_is_given_up") {
  const TempFolder folder;
  const auto lock = posix_disk().open(folder / "hosts.json.lock", OpenMode::create);
  REQUIRE(lock);
  REQUIRE((*lock)->try_lock() == true);
  CHECK_FALSE(save(folder / "hosts.json", "a:21", with_cap(1), kNow));
  CHECK_FALSE(fs::exists(folder / "hosts.json"));
}
