// The path to a server, and the server's ways, as a seed draws them: what a download has to cope
// with, apart from its size. Several of these come together in many seeds.
//
// Rates are in bytes a second of payload. They are low (0.5 to 8 MB/s for the whole path) because
// every byte is hashed for real; what counts for the decisions is how they relate to the round trip
// and to each other.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "core/time.h"

namespace ftpull::sim {

inline constexpr double kUnlimited = std::numeric_limits<double>::infinity();

/// TCP's payload in a packet, and the first window of RFC 6928 that slow start begins with.
inline constexpr double kPacketBytes = 1448;
inline constexpr double kFirstWindowBytes = 10 * kPacketBytes;

/// No session gets more, whatever the server would allow: the program's own limit.
inline constexpr int kMaxSessions = 16;

/// The host gives less from some moment on.
struct Throttle {
  Duration from{};     // since the begin
  double factor = 1;   // of the rates before
  bool total = false;  // of the link; otherwise of each flow's own cap
};

struct Path {
  uint64_t seed = 0;
  Duration round_trip = std::chrono::milliseconds(20);
  int open_round_trips = 7;       // until a session is logged in; a host that is known needs fewer
  double link_rate = 1e6;         // shared by all flows
  double flow_rate = kUnlimited;  // the most that one flow gets
  bool uneven = false;            // each data connection gets 0.1 to 1.0 of flow_rate
  double loss = 0;                // share of the packets
  std::optional<int> server_cap{};
  bool names_cap = false;  // in the words of its refusal
  int asked_above_cap = 0;
  double stall_chance = 0;  // of each data connection
  double death_chance = 0;
  std::optional<Throttle> throttle{};
  /// Beyond so many flows each one takes kOverloadLoss of all rates away.
  std::optional<int> overload_from{};
  /// The longest that work on the disk takes; each work takes some of it.
  Duration disk_delay{};
  /// How long the best number of sessions takes: the size of the file follows from it.
  Duration target{};

  static constexpr double kOverloadLoss = 0.05;

  bool has_faults() const { return stall_chance > 0 || death_chance > 0; }
};

Path draw_path(uint64_t seed);

/// One line: only what is not usual is named.
std::string describe(const Path& path);

/// Of the link's mean for a flow with this loss: 1.2 * MSS / (rtt * sqrt(loss)), the formula of
/// Mathis et al. (1997).
double loss_rate(const Path& path);

struct Stall {
  Duration after{};                 // the first byte
  std::optional<Duration> lasts{};  // empty: for ever
};

/// What one data connection meets. The n-th of a seed is the same in every run.
struct Connection {
  uint64_t seed = 0;  // of its sawtooth
  double rate = kUnlimited;
  std::optional<Stall> stall{};
  std::optional<Duration> death{};  // after the first byte the whole session dies
};

Connection draw_connection(const Path& path, int number);

}  // namespace ftpull::sim
