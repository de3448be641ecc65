#include "store/host_profiles.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace ftpull::store {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<Pipelining, std::string_view>, 2> kPipeliningNames{
    {{Pipelining::works, "works"}, {Pipelining::fails, "fails"}}};

/// Null where there is no such member, or nothing that could have members.
const Json& member(const Json& object, const char* name) {
  static const Json none;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? none : *found;
}

/// Not negative, so that times can be subtracted.
std::optional<int64_t> whole_number(const Json& json) {
  if (!json.is_number_integer()) return std::nullopt;
  if (json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX) return std::nullopt;
  const auto number = json.get<int64_t>();
  return number >= 0 ? std::optional(number) : std::nullopt;
}

std::optional<LearnedNumber> learned_number(const Json& json) {
  const auto value = whole_number(member(json, "value"));
  const auto when = whole_number(member(json, "when"));
  if (!value || !when || *value > kMostLearnedConnections) return std::nullopt;
  return LearnedNumber{static_cast<int>(*value), *when};
}

bool is_true(const Json& json) {
  return json.is_boolean() && json.get<bool>();
}

Pipelining pipelining(const Json& json) {
  for (const auto& [value, name] : kPipeliningNames) {
    if (json.is_string() && json.get_ref<const std::string&>() == name) return value;
  }
  return Pipelining::unknown;
}

HostProfile profile_of(const Json& json) {
  HostProfile profile;
  profile.cap = learned_number(member(json, "cap"));
  profile.best_connections = learned_number(member(json, "best_connections"));
  const auto round_trip_us = whole_number(member(json, "round_trip_us"));
  // Compared before it is made a Duration, which has no room for all of them.
  if (round_trip_us && *round_trip_us <= kLongestRoundTrip / std::chrono::microseconds(1)) {
    profile.round_trip = std::chrono::microseconds(*round_trip_us);
  }
  profile.epsv_fails = is_true(member(json, "epsv_fails"));
  profile.pipelining = pipelining(member(json, "pipelining"));
  profile.following = pipelining(member(json, "following"));
  profile.rang_fails = is_true(member(json, "rang_fails"));
  // Of the first runs, which did not keep "mlst", nothing is known of it.
  if (const Json& offers = member(json, "offers"); offers.contains("mlst")) {
    const auto offered = [&](const char* name) { return is_true(member(offers, name)); };
    profile.offers = Offers{offered("utf8"), offered("rang"), offered("mlst")};
  }
  profile.seen = whole_number(member(json, "seen")).value_or(0);
  return profile;
}

Json json_of(const LearnedNumber& number) {
  return {{"value", number.value}, {"when", number.when}};
}

Json json_of(const HostProfile& profile) {
  Json json{{"seen", profile.seen}};
  if (profile.cap) json["cap"] = json_of(*profile.cap);
  if (profile.best_connections) json["best_connections"] = json_of(*profile.best_connections);
  if (profile.round_trip) {
    json["round_trip_us"] = *profile.round_trip / std::chrono::microseconds(1);
  }
  if (profile.epsv_fails) json["epsv_fails"] = true;
  for (const auto& [value, name] : kPipeliningNames) {
    if (profile.pipelining == value) json["pipelining"] = name;
    if (profile.following == value) json["following"] = name;
  }
  if (profile.rang_fails) json["rang_fails"] = true;
  if (profile.offers) {
    const Offers& offers = *profile.offers;
    json["offers"] = {{"utf8", offers.utf8}, {"rang", offers.rang}, {"mlst", offers.mlst}};
  }
  return json;
}

bool is_fresh(std::time_t when, std::time_t age_s, std::time_t now) {
  if (when < 0 || now < 0) return false;
  return when > now ? when - now <= kClockSkew_s : now - when < age_s;
}

void drop_stale(std::optional<LearnedNumber>& number, std::time_t age_s, std::time_t now) {
  if (!number) return;
  const bool possible = number->value >= 1 && number->value <= kMostLearnedConnections;
  if (!possible || !is_fresh(number->when, age_s, now)) number.reset();
}

std::optional<LearnedNumber> later_one(const std::optional<LearnedNumber>& a,
                                       const std::optional<LearnedNumber>& b) {
  if (!a || !b) return b ? b : a;
  return a->when > b->when ? a : b;
}

void keep_those_seen_last(HostProfiles& profiles) {
  if (profiles.size() <= kMostHosts) return;
  std::vector<HostProfiles::const_iterator> by_age;
  for (auto it = profiles.cbegin(); it != profiles.cend(); ++it) by_age.push_back(it);
  const size_t too_many = by_age.size() - kMostHosts;
  std::nth_element(by_age.begin(), by_age.begin() + static_cast<ptrdiff_t>(too_many), by_age.end(),
                   [](auto a, auto b) { return a->second.seen < b->second.seen; });
  for (size_t i = 0; i < too_many; ++i) profiles.erase(by_age[i]);
}

}  // namespace

std::string host_key(std::string_view user, std::string_view host, uint16_t port) {
  const std::string address = fmt::format("{}:{}", to_lower(host), port);
  return user.empty() ? address : fmt::format("{}@{}", user, address);
}

bool is_host_key(std::string_view key) {
  return !key.empty() && key.size() <= kLongestHostKeyBytes &&
         for_display(key, kLongestHostKeyBytes) == key;
}

Result<HostProfiles> parse_profiles(std::string_view json, std::time_t now) {
  if (json.empty()) return HostProfiles();
  if (json.size() > kLongestProfilesBytes) {
    return fail(ErrorKind::disk, fmt::format("it has more than {} bytes", kLongestProfilesBytes));
  }
  const Json document = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  const Json& hosts = member(document, "hosts");
  if (!hosts.is_object() || member(document, "version") != kHostProfilesVersion) {
    return fail(ErrorKind::disk,
                fmt::format("it is not a list of hosts of version {}", kHostProfilesVersion));
  }
  HostProfiles profiles;
  for (const auto& [key, host] : hosts.items()) profiles.emplace(key, profile_of(host));
  return without_stale(std::move(profiles), now);
}

std::string to_json(const HostProfiles& profiles) {
  Json hosts = Json::object();
  for (const auto& [key, profile] : profiles) hosts[key] = json_of(profile);
  const Json document{{"version", kHostProfilesVersion}, {"hosts", std::move(hosts)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

HostProfiles without_stale(HostProfiles profiles, std::time_t now) {
  std::erase_if(profiles, [now](const auto& host) {
    return !is_host_key(host.first) || !is_fresh(host.second.seen, kProfileAge_s, now);
  });
  for (auto& [key, profile] : profiles) {
    drop_stale(profile.cap, kCapAge_s, now);
    drop_stale(profile.best_connections, kBestAge_s, now);
    const auto round_trip = profile.round_trip.value_or(Duration::zero());
    if (round_trip <= Duration::zero() || round_trip > kLongestRoundTrip) {
      profile.round_trip.reset();
    }
  }
  keep_those_seen_last(profiles);
  return profiles;
}

HostProfile merge(const HostProfile& earlier, const HostProfile& later) {
  HostProfile merged = later;
  merged.cap = later_one(earlier.cap, later.cap);
  merged.best_connections = later_one(earlier.best_connections, later.best_connections);
  if (!merged.round_trip) merged.round_trip = earlier.round_trip;
  if (!merged.offers) merged.offers = earlier.offers;
  if (merged.pipelining == Pipelining::unknown) merged.pipelining = earlier.pipelining;
  if (merged.following == Pipelining::unknown) merged.following = earlier.following;
  merged.seen = std::max(earlier.seen, later.seen);
  return merged;
}

}  // namespace ftpull::store
