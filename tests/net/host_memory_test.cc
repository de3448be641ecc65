#include "net/host_memory.h"

#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/temp_folder.h"
#include "store/host_profile_file.h"

using namespace ftpull;
using namespace ftpull::net;
using ftpull::cli::TempFolder;

namespace {

constexpr std::time_t kHour_s = 60 * 60;

class Listener final : public Observer {
 public:
  void on_progress(const FetchProgress&) override {}
  void on_message(MessageLevel level, std::string_view text) override {
    CHECK(level == MessageLevel::info);
    messages.emplace_back(text);
  }
  std::vector<std::string> messages;
};

Host::Settings settings_of(const std::string& name, const std::string& user = {}) {
  Host::Settings settings;
  settings.name = name;
  settings.credentials.user = user;
  return settings;
}

/// All that can be learned without a number of sessions.
store::HostProfile profile() {
  store::HostProfile profile;
  profile.seen = std::time(nullptr);
  profile.round_trip = std::chrono::milliseconds(20);
  profile.epsv_fails = true;
  profile.rang_fails = true;
  profile.pipelining = store::Pipelining::fails;
  profile.offers = store::Offers{true, false};
  return profile;
}

/// One run of the program with one host, as far as the memory is concerned.
struct Run {
  explicit Run(const std::filesystem::path& file,
               const Host::Settings& settings = settings_of("host"))
      : memory(file, observer),
        recalled(memory.recall(settings)),
        host(loop, with_learned(settings), bucket, observer),
        pool(host, pool_options()) {}

  Host::Settings with_learned(Host::Settings settings) const {
    if (recalled) settings.learned = learned_from(*recalled);
    return settings;
  }
  transfer::SessionPool::Options pool_options() const {
    transfer::SessionPool::Options options;
    if (recalled && recalled->cap) options.cap = recalled->cap->value;
    return options;
  }
  void keep() { memory.keep(host, pool, recalled); }

  Loop loop;
  TokenBucket bucket{0};
  Listener observer;
  HostMemory memory;
  std::optional<store::HostProfile> recalled;
  Host host;
  transfer::SessionPool pool;
};

/// What a run knows of a host beforehand that another one has found to be so.
std::optional<store::HostProfile> known_after(const store::HostProfile& found) {
  const TempFolder folder;
  Run run(folder / "hosts.json");
  run.host.learned = learned_from(found);
  run.keep();
  CHECK(run.observer.messages.empty());
  return Run(folder / "hosts.json").recalled;
}

store::HostProfile in_file(const std::filesystem::path& file) {
  const auto profiles = store::load(file, std::time(nullptr));
  REQUIRE(profiles);
  REQUIRE(profiles->size() == 1);
  return profiles->begin()->second;
}

}  // namespace

TEST_CASE("the_next_run_knows_what_a_run_found_out") {
  store::HostProfile found = profile();
  for (const auto pipelining : {store::Pipelining::fails, store::Pipelining::works}) {
    found.pipelining = pipelining;
    auto known = known_after(found);
    REQUIRE(known);
    CHECK(known->seen >= found.seen);
    known->seen = found.seen;
    CHECK(*known == found);
  }
}

TEST_CASE("what_is_not_known_of_a_host_is_not_made_up") {
  store::HostProfile found;
  found.seen = std::time(nullptr);
  auto known = known_after(found);
  REQUIRE(known);
  known->seen = found.seen;
  CHECK(*known == found);
}

TEST_CASE("a_recalled_host_is_known_before_its_first_session") {
  const Learned learned = learned_from(profile());
  CHECK(learned.known);
  CHECK(learned.epsv_fails);
  CHECK(learned.rang_fails);
  CHECK(learned.round_trip == std::chrono::milliseconds(20));
  REQUIRE(learned.offers);
  CHECK(learned.offers->utf8);
  CHECK_FALSE(learned.offers->rang);
}

TEST_CASE("what_was_learned_through_a_proxy_is_of_that_way") {
  const TempFolder folder;
  Host::Settings settings = settings_of("host");
  settings.proxy = *proxy::Server::parse("socks5h://u:hush@proxy");
  Run run(folder / "hosts.json", settings);
  run.host.learned = learned_from(profile());
  run.keep();
  CHECK(run.observer.messages.empty());
  CHECK(Run(folder / "hosts.json", settings).recalled);
  CHECK_FALSE(Run(folder / "hosts.json").recalled);
  const auto profiles = store::load(folder / "hosts.json", std::time(nullptr));
  REQUIRE(profiles);
  CHECK(profiles->begin()->first == "host:21 through socks5h://proxy:1080");
}

TEST_CASE("the_cap_of_a_server_is_kept") {
  const TempFolder folder;
  const std::time_t began = std::time(nullptr);
  Run run(folder / "hosts.json");
  run.host.learned.known = true;
  run.keep();
  CHECK_FALSE(in_file(folder / "hosts.json").cap);
  run.pool.lower_cap(5);
  run.keep();
  const auto cap = in_file(folder / "hosts.json").cap;
  REQUIRE(cap);
  CHECK(cap->value == 5);
  CHECK(cap->when >= began);
}

TEST_CASE("what_was_only_recalled_does_not_become_younger") {
  const TempFolder folder;
  const std::time_t now = std::time(nullptr);
  store::HostProfile earlier = profile();
  earlier.seen = now - kHour_s;
  earlier.cap = store::LearnedNumber{5, now - kHour_s};
  earlier.best_connections = store::LearnedNumber{4, now - kHour_s};
  REQUIRE(store::save(folder / "hosts.json", "host:21", earlier, now));

  Run run(folder / "hosts.json");
  CHECK(run.recalled == earlier);
  CHECK(run.pool.server_cap().learned() == 5);
  run.keep();
  CHECK(in_file(folder / "hosts.json").cap == earlier.cap);
  CHECK(in_file(folder / "hosts.json").best_connections == earlier.best_connections);
  CHECK(in_file(folder / "hosts.json").seen >= now);

  run.pool.lower_cap(3);
  run.keep();
  CHECK(in_file(folder / "hosts.json").cap->value == 3);
  CHECK(in_file(folder / "hosts.json").cap->when >= now);
}

TEST_CASE("a_recalled_cap_that_was_found_again_becomes_younger") {  // C10
  const TempFolder folder;
  const std::time_t now = std::time(nullptr);
  store::HostProfile earlier = profile();
  earlier.cap = store::LearnedNumber{5, now - kHour_s};
  REQUIRE(store::save(folder / "hosts.json", "host:21", earlier, now));
  Run run(folder / "hosts.json");
  run.pool.lower_cap(5);
  run.keep();
  CHECK(in_file(folder / "hosts.json").cap->value == 5);
  CHECK(in_file(folder / "hosts.json").cap->when >= now);
}

TEST_CASE("a_host_that_no_session_has_reached_is_not_kept") {
  const TempFolder folder;
  Run run(folder / "hosts.json");
  run.pool.lower_cap(5);
  run.keep();
  CHECK_FALSE(std::filesystem::exists(folder / "hosts.json"));
  CHECK(run.observer.messages.empty());
}

TEST_CASE("what_is_known_is_of_one_user_of_one_server") {
  const TempFolder folder;
  const std::string file = folder / "hosts.json";
  Run joe(file, settings_of("host", "joe"));
  joe.host.learned.known = true;
  joe.keep();
  CHECK(Run(file, settings_of("host", "joe")).recalled);
  CHECK_FALSE(Run(file, settings_of("host")).recalled);
  CHECK_FALSE(Run(file, settings_of("other", "joe")).recalled);
}

TEST_CASE("a_file_of_something_else_is_a_message_and_gives_way") {
  const TempFolder folder;
  const std::string file = folder.write("hosts.json", "my shopping list");
  Run run(file);
  CHECK_FALSE(run.recalled);
  REQUIRE(run.observer.messages.size() == 1);
  CHECK(run.observer.messages[0].find(file) != std::string::npos);
  run.host.learned.known = true;
  run.keep();
  CHECK(run.observer.messages.size() == 1);
  CHECK(Run(file).recalled);
}

TEST_CASE("a_file_that_cannot_be_used_is_a_message_each_time") {
  const TempFolder folder;
  const std::string file = folder.write("no_folder", "") + "/hosts.json";
  Run run(file);
  CHECK_FALSE(run.recalled);
  CHECK(run.observer.messages.size() == 1);
  run.host.learned.known = true;
  run.keep();
  REQUIRE(run.observer.messages.size() == 2);
  CHECK(run.observer.messages[1].find("no_folder") != std::string::npos);
}

TEST_CASE("without_a_file_nothing_is_recalled_or_kept") {
  Run run({});
  CHECK_FALSE(run.recalled);
  run.host.learned.known = true;
  run.keep();
  CHECK(run.observer.messages.empty());
}

TEST_CASE("a_host_whose_name_is_too_long_is_passed_over") {
  const TempFolder folder;
  Run run(folder / "hosts.json", settings_of(std::string(store::kLongestHostKeyBytes, 'h')));
  run.host.learned.known = true;
  run.keep();
  CHECK_FALSE(std::filesystem::exists(folder / "hosts.json"));
  CHECK(run.observer.messages.empty());
}
