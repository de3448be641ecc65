// One download of a seed from its begin to its end, and what must be true of it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ftpull/fetch.h"

#include "optimum.h"
#include "path.h"
#include "world.h"

namespace ftpull::sim {

/// Of sessions: measured by the engine, or given to it.
enum class Number { automatic, given };

struct Outcome {
  Path path;
  Optimum optimum;
  int sessions = 0;          // that were asked for, or may be
  std::optional<int> found;  // by the tuner
  Result<FetchResult> result;
  bool in_time = true;
  Duration took{};

  uint64_t written_bytes = 0;
  uint64_t written_twice_bytes = 0;
  uint64_t sent_bytes = 0;
  double wasted_bytes = 0;  // in flight when a transfer was cut
  int connections = 0;      // for data
  int most_held = 0;
  int most_living = 0;
  int refused = 0;
  int faults = 0;
  std::vector<Duration> connects;

  std::array<double, kPhases> spent_seconds{};  // see World
  Duration ending{};                            // after the last byte

  /// Time over the optimum's.
  double ratio() const { return to_seconds(took) / to_seconds(optimum.takes); }
};

/// The best one of the path, or, where the path says so, more than the server allows.
int given_sessions(const Path& path, const Optimum& optimum);

Outcome run(const Path& path, Number number = Number::automatic, bool tells = false);

/// What every download must keep to, but for its time. Fails with `corrupt`.
Status check(const Outcome& outcome);

/// At most kConnectsAtOnce together, and one more for each kConnectInterval that has passed.
Status check_pace(std::span<const Duration> connects);

/// One line for a table, and what its columns are.
std::string describe(const Outcome& outcome);
std::string outcome_columns();

}  // namespace ftpull::sim
