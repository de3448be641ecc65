#include "store/host_profiles.h"

#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace ftpull;
using namespace ftpull::store;
using namespace std::string_view_literals;

namespace {

constexpr std::time_t kNow = 1'767'312'000;

HostProfile everything() {
  HostProfile profile;
  profile.cap = {5, kNow - 10};
  profile.best_connections = {4, kNow - 20};
  profile.round_trip = std::chrono::microseconds(38'200);
  profile.epsv_fails = true;
  profile.pipelining = Pipelining::works;
  profile.rang_fails = true;
  profile.offers = Offers{true, false};
  profile.seen = kNow - 5;
  return profile;
}

HostProfile seen_at(std::time_t when) {
  HostProfile profile;
  profile.seen = when;
  return profile;
}

HostProfiles parsed(std::string_view json, std::time_t now = kNow) {
  auto profiles = parse_profiles(json, now);
  REQUIRE_MESSAGE(profiles, (profiles ? "" : describe(profiles.error())));
  return *profiles;
}

/// The only host of a list whose members are `members`.
HostProfile only_host(const std::string& members) {
  const auto profiles = parsed(
      fmt::format(R"({{"version": 1, "hosts": {{"h:21": {{"seen": {}, {}}}}}}})", kNow, members));
  REQUIRE(profiles.size() == 1);
  return profiles.begin()->second;
}

bool within_limits(const HostProfiles& profiles) {
  const auto possible = [](const std::optional<LearnedNumber>& number) {
    return !number || (number->value >= 1 && number->value <= kMostLearnedConnections);
  };
  for (const auto& [key, profile] : profiles) {
    if (!is_host_key(key) || !possible(profile.cap) || !possible(profile.best_connections) ||
        (profile.round_trip && *profile.round_trip > kLongestRoundTrip)) {
      return false;
    }
  }
  return profiles.size() <= kMostHosts;
}

}  // namespace

TEST_CASE("what_was_written_is_read_again") {
  HostProfile other;
  other.pipelining = Pipelining::fails;
  other.seen = kNow;
  const HostProfiles profiles{{"h.example:21", everything()}, {"me@h.example:2121", other}};
  CHECK(parsed(to_json(profiles)) == profiles);
}

TEST_CASE("a_key_names_user_host_and_port") {
  CHECK(host_key("", "FTP.Example.org", 21) == "ftp.example.org:21");
  CHECK(host_key("Me", "h", 2121) == "Me@h:2121");
  CHECK(is_host_key("Me@h:2121"));
  CHECK_FALSE(is_host_key(""));
  CHECK_FALSE(is_host_key("h\n:21"));
  CHECK_FALSE(is_host_key("h\xff:21"));
  CHECK(is_host_key(std::string(kLongestHostKeyBytes, 'h')));
  CHECK_FALSE(is_host_key(std::string(kLongestHostKeyBytes + 1, 'h')));
}

TEST_CASE("each_field_is_dropped_at_its_own_age") {
  HostProfile profile = everything();
  profile.cap->when = kNow - kCapAge_s;
  profile.best_connections->when = kNow - kBestAge_s + 1;
  HostProfile left = without_stale({{"h:21", profile}}, kNow).at("h:21");
  CHECK_FALSE(left.cap);
  CHECK(left.best_connections->value == 4);
  CHECK(left.epsv_fails);
  left = without_stale({{"h:21", profile}}, kNow + 1).at("h:21");
  CHECK_FALSE(left.best_connections);
  profile.cap->when = kNow - kCapAge_s + 1;
  CHECK(without_stale({{"h:21", profile}}, kNow).at("h:21").cap->value == 5);
}

TEST_CASE("a_host_that_was_not_seen_for_a_month_is_forgotten") {
  const HostProfiles profiles{{"old:21", seen_at(kNow - kProfileAge_s)},
                              {"young:21", seen_at(kNow - kProfileAge_s + 1)},
                              {"never:21", seen_at(0)}};
  const auto left = without_stale(profiles, kNow);
  CHECK(left.size() == 1);
  CHECK(left.contains("young:21"));
}

TEST_CASE("what_is_dated_in_the_future_is_dropped_unless_by_little") {
  const auto left = without_stale(
      {{"far:21", seen_at(kNow + kClockSkew_s + 1)}, {"near:21", seen_at(kNow + kClockSkew_s)}},
      kNow);
  CHECK(left.size() == 1);
  CHECK(left.contains("near:21"));
}

TEST_CASE("of_too_many_hosts_those_seen_last_are_kept") {
  HostProfiles profiles;
  for (size_t i = 0; i < kMostHosts + 3; ++i) {
    profiles.emplace(fmt::format("h{}:21", i), seen_at(kNow - static_cast<std::time_t>(i)));
  }
  const auto left = without_stale(profiles, kNow);
  CHECK(left.size() == kMostHosts);
  CHECK(left.contains("h0:21"));
  CHECK(left.contains(fmt::format("h{}:21", kMostHosts - 1)));
  CHECK_FALSE(left.contains(fmt::format("h{}:21", kMostHosts)));
}

TEST_CASE("the_longest_list_can_be_read_again") {
  HostProfiles profiles;
  for (size_t i = 0; i < kMostHosts; ++i) {
    std::string key = fmt::format("{:04}", i);
    key.resize(kLongestHostKeyBytes, '"');  // each is escaped
    profiles.emplace(std::move(key), everything());
  }
  CHECK(parsed(to_json(profiles)) == profiles);
}

TEST_CASE("what_is_no_list_of_hosts_is_refused") {
  for (const char* const text :
       {" ", "x", "null", "[]", "7", "\"version\"", "{}", R"({"version": 1})", R"({"hosts": {}})",
        R"({"version": 2, "hosts": {}})", R"({"version": "1", "hosts": {}})",
        R"({"version": 1, "hosts": []})", R"({"version": 1, "hosts": {}} x)", "\xff\xfe",
        R"({"version": 1, "hosts": {}, "n": 1e999})"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_profiles(text, kNow));
  }
  CHECK_FALSE(parse_profiles(std::string(kLongestProfilesBytes + 1, ' '), kNow));
  CHECK_FALSE(parse_profiles(std::string(kLongestProfilesBytes, '['), kNow));
}

TEST_CASE("no_text_is_an_empty_list") {
  CHECK(parsed("").empty());
}

TEST_CASE("a_malformed_field_is_left_out_and_the_rest_is_kept") {
  CHECK(only_host(R"("cap": {"value": 5, "when": 1767312000})").cap == LearnedNumber{5, kNow});
  for (const char* const cap :
       {"5", "null", "[]", "{}", R"({"value": 5})", R"({"value": 0, "when": 1767312000})",
        R"({"value": -5, "when": 1767312000})", R"({"value": 5.5, "when": 1767312000})",
        R"({"value": 10001, "when": 1767312000})", R"({"value": 5, "when": -9223372036854775808})",
        R"({"value": 4294967301, "when": 1767312000})",
        R"({"value": 5, "when": 18446744073709551615})"}) {
    CAPTURE(cap);
    const auto profile = only_host(fmt::format(R"("epsv_fails": true, "cap": {})", cap));
    CHECK_FALSE(profile.cap);
    CHECK(profile.epsv_fails);
  }
  CHECK_FALSE(only_host(R"("epsv_fails": 1)").epsv_fails);
  CHECK(only_host(R"("pipelining": "sometimes")").pipelining == Pipelining::unknown);
  CHECK(only_host(R"("pipelining": "fails")").pipelining == Pipelining::fails);
  CHECK(only_host(R"("round_trip_us": 60000000)").round_trip == kLongestRoundTrip);
  CHECK_FALSE(only_host(R"("round_trip_us": 60000001)").round_trip);
  CHECK_FALSE(only_host(R"("round_trip_us": 9223372036854775807)").round_trip);
  CHECK_FALSE(only_host(R"("round_trip_us": 0)").round_trip);
}

TEST_CASE("a_host_that_is_no_object_or_has_no_clean_name_is_left_out") {
  CHECK(parsed(R"({"version": 1, "hosts": {"h:21": 5}})").empty());
  CHECK(parsed(R"({"version": 1, "hosts": {"h\u001b:21": {"seen": 1767312000}}})").empty());
}

TEST_CASE("any_bytes_give_profiles_within_the_limits_or_an_error") {
  const std::string sound = to_json({{"h:21", everything()}, {"me@i:21", everything()}});
  size_t read = 0;
  const auto check = [&](const std::string& text) {
    CAPTURE(text);
    const auto profiles = parse_profiles(text, kNow);
    if (!profiles) return;
    ++read;
    CHECK(within_limits(*profiles));
  };
  for (size_t length = 0; length < sound.size(); ++length) check(sound.substr(0, length));
  for (size_t at = 0; at < sound.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = sound;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      check(flipped);
    }
  }
  constexpr uint64_t kSeeds = 20'000;
  static constexpr auto kAlphabet = "{}[]\",:0123456789-+.eE\\u tfnals\x00\x1b\xff"sv;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::string text = sound;
    for (uint64_t changes = random() % 6 + 1; changes > 0; --changes) {
      const size_t at = random() % text.size();
      text.replace(at, random() % 4, random() % 4, kAlphabet[random() % kAlphabet.size()]);
    }
    check(text);
  }
  CHECK(read > 1000);  // else nothing but refusals was tested
}

TEST_CASE("of_two_runs_the_later_knows_better") {
  HostProfile later;
  later.cap = {3, kNow - 100};
  later.best_connections = {8, kNow};
  later.round_trip = std::chrono::milliseconds(1);
  later.pipelining = Pipelining::fails;
  later.seen = kNow - 50;
  const HostProfile merged = merge(everything(), later);
  CHECK(merged.cap == LearnedNumber{5, kNow - 10});
  CHECK(merged.best_connections == LearnedNumber{8, kNow});
  CHECK(merged.round_trip == later.round_trip);
  CHECK_FALSE(merged.epsv_fails);
  CHECK_FALSE(merged.rang_fails);
  CHECK(merged.pipelining == Pipelining::fails);
  CHECK(merged.seen == kNow - 5);
}

TEST_CASE("what_the_later_run_does_not_know_is_kept") {
  const HostProfile merged = merge(everything(), seen_at(kNow));
  CHECK(merged.cap == everything().cap);
  CHECK(merged.best_connections == everything().best_connections);
  CHECK(merged.round_trip == everything().round_trip);
  CHECK(merged.pipelining == Pipelining::works);
  CHECK(merged.seen == kNow);
}
