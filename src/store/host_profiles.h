// What earlier runs learned of servers: how many connections they allow and which number was best,
// how far away they are, what they refuse. Pure: JSON text in and out, ageing, merging. The file is
// host_profile_file.h.
//
//   {"version": 1, "hosts": {"ftp.example.org:21": {
//      "seen": 1767312000,                               seconds since 1970, of the last success
//      "cap": {"value": 5, "when": 1767312000},          may be missing, as all that follow
//      "best_connections": {"value": 4, "when": 1767312000},
//      "round_trip_us": 38200, "epsv_fails": true, "rang_fails": true, "pipelining": "works",
//      "following": "fails",
//      "offers": {"utf8": true, "rang": false, "mlst": true}}}}   of what FEAT lists; missing: not
//                                                                 asked
//
// What is read is never trusted: any bytes give profiles within the limits below, or an error. A
// server that has nothing to say of itself but `seen` is kept too. No password stands in any of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

#include "core/time.h"

namespace ftpull::store {

enum class Pipelining { unknown, works, fails };

struct LearnedNumber {
  int value = 0;
  std::time_t when = 0;

  bool operator==(const LearnedNumber&) const = default;
};

/// Of what FEAT lists.
struct Offers {
  bool utf8 = false;
  bool rang = false;
  bool mlst = false;  // and MLSD

  bool operator==(const Offers&) const = default;
};

struct HostProfile {
  std::optional<LearnedNumber> cap;  // the most connections that the server allows
  std::optional<LearnedNumber> best_connections;
  std::optional<Duration> round_trip;  // kept in microseconds
  bool epsv_fails = false;
  Pipelining pipelining = Pipelining::unknown;
  Pipelining following = Pipelining::unknown;  // commands for the next file during a transfer
  bool rang_fails = false;
  std::optional<Offers> offers;
  std::time_t seen = 0;  // the last success

  bool operator==(const HostProfile&) const = default;
};

/// By host_key(), with the proxy after it that leads there.
using HostProfiles = std::map<std::string, HostProfile>;

constexpr int kHostProfilesVersion = 1;
// A cap may be due to other users of the same address, or to a server that was full: asked again.
constexpr std::time_t kCapAge_s = 24 * 60 * 60;
// Paths and their load change within days: the best number was 4 one day and 1 the next.
constexpr std::time_t kBestAge_s = 7 * 24 * 60 * 60;
// Servers are replaced and repaired.
constexpr std::time_t kProfileAge_s = 30 * 24 * 60 * 60;
// Machines that share a home need not agree on the time. What is dated later than this would never
// be old, and is dropped.
constexpr std::time_t kClockSkew_s = 60 * 60;
// More than anybody uses in a month; the oldest are dropped.
constexpr size_t kMostHosts = 500;
// A host name has 253 bytes at most, a user name seldom more than an address of mail.
constexpr size_t kLongestHostKeyBytes = 512;
// kMostHosts with keys of that length, each byte escaped, take about 650 KiB.
constexpr size_t kLongestProfilesBytes = 1024 * 1024;
constexpr int kMostLearnedConnections = 10'000;
constexpr Duration kLongestRoundTrip = std::chrono::minutes(1);

/// "host:port", or "user@host:port" because limits differ by user; `user` is empty for anonymous.
std::string host_key(std::string_view user, std::string_view host, uint16_t port);

/// Clean text of a bounded length. A key that is not cannot be remembered.
bool is_host_key(std::string_view key);

/// Reads what to_json() made. What is stale at `now`, malformed or past a limit is left out; text
/// that is not such a list, or of another version, fails with disk. No text at all is an empty
/// list: the file is not flushed, and a power cut may leave it so.
Result<HostProfiles> parse_profiles(std::string_view json, std::time_t now);

std::string to_json(const HostProfiles& profiles);

/// Without what is stale at `now` or past a limit, and at most kMostHosts, those seen last.
HostProfiles without_stale(HostProfiles profiles, std::time_t now);

/// What two runs know of one server: `later` was observed last. Of cap, best number, round trip and
/// pipelining the one that is known, and of two the later; the rest as `later` says.
HostProfile merge(const HostProfile& earlier, const HostProfile& later);

}  // namespace ftpull::store
