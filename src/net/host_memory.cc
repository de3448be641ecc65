#include "net/host_memory.h"

#include <cstdlib>
#include <ctime>

#include "store/host_profile_file.h"

namespace ftpull::net {
namespace {

/// Another way to a host has other limits and other round trips.
std::string key_of(const Host::Settings& settings) {
  std::string key = store::host_key(settings.credentials.user, settings.name, settings.port);
  if (settings.proxy) key += " through " + settings.proxy->text();
  return key;
}

std::optional<store::LearnedNumber> number(std::optional<int> found,
                                           const std::optional<store::LearnedNumber>& recalled,
                                           std::time_t now) {
  if (!found || (recalled && recalled->value == *found)) return std::nullopt;
  return store::LearnedNumber{*found, now};
}

/// A number that the user's or the server's limit made is not the path's.
std::optional<int> best_number(const transfer::SessionPool& pool) {
  const transfer::Tuner& tuner = pool.tuner();
  const bool is_free = tuner.found() < tuner.most() || tuner.most() >= transfer::Tuner::kMost;
  const auto cap = pool.server_cap().learned();
  const bool is_capped = cap && tuner.found() >= cap;
  return is_free && !is_capped ? tuner.found() : std::nullopt;
}

}  // namespace

Learned learned_from(const store::HostProfile& profile) {
  Learned learned;
  learned.known = true;
  learned.pipelining = profile.pipelining;
  learned.following = Following(profile.following);
  learned.offers = profile.offers;
  learned.epsv_fails = profile.epsv_fails;
  learned.rang_fails = profile.rang_fails;
  learned.round_trip = profile.round_trip;
  return learned;
}

std::optional<store::HostProfile> HostMemory::recall(const Host::Settings& settings) {
  if (file_.empty()) return std::nullopt;
  const auto profiles = store::load(file_, std::time(nullptr));
  if (!profiles) {
    observer_.on_message(MessageLevel::info, describe(profiles.error()));
    return std::nullopt;
  }
  const auto found = profiles->find(key_of(settings));
  if (found == profiles->end()) return std::nullopt;
  return found->second;
}

void HostMemory::keep(const Host& host, const transfer::SessionPool& pool,
                      const std::optional<store::HostProfile>& recalled) {
  const Learned& learned = host.learned;
  if (file_.empty() || !learned.known) return;
  const std::string key = key_of(host.settings);
  if (!store::is_host_key(key)) return;
  const std::time_t now = std::time(nullptr);
  const auto before = recalled.value_or(store::HostProfile{});
  store::HostProfile profile;
  profile.seen = now;
  const transfer::ServerCap& cap = pool.server_cap();
  if (cap.learned() && cap.is_fresh()) profile.cap = store::LearnedNumber{*cap.learned(), now};
  profile.best_connections = number(best_number(pool), before.best_connections, now);
  profile.round_trip = learned.round_trip;
  profile.epsv_fails = learned.epsv_fails;
  profile.rang_fails = learned.rang_fails;
  profile.offers = learned.offers;
  profile.pipelining = learned.pipelining;
  profile.following = learned.following.verdict();
  if (auto saved = store::save(file_, key, profile, now); !saved) {
    observer_.on_message(MessageLevel::info, describe(saved.error()));
  }
}

}  // namespace ftpull::net

namespace ftpull {

std::filesystem::path default_host_cache() {
  const auto path = store::default_path([](const char* name) { return std::getenv(name); });
  return path.value_or(std::filesystem::path());
}

}  // namespace ftpull
