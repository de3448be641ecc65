#include "optimum.h"

#include <algorithm>
#include <array>

#include "link.h"

namespace ftpull::sim {

double bytes_after(const Path& path, int sessions, Duration time) {
  Link link(path, false);
  const Duration opening = (path.open_round_trips + kFetchRoundTrips) * path.round_trip;
  for (int i = 1; i <= sessions; ++i) {
    const Duration first = opening + std::max(i - kConnectsAtOnce, 0) * kConnectInterval;
    if (first >= time) break;
    link.advance(first);
    link.add(draw_connection(path, i), kUnlimited);
  }
  link.advance(time);
  return link.total_received();
}

Optimum find_optimum(const Path& path) {
  constexpr double kAsGood = 0.999;
  const int most = std::min(path.server_cap.value_or(kMaxSessions), kMaxSessions);
  std::array<double, kMaxSessions> bytes{};
  for (int n = 1; n <= most; ++n) {
    bytes[static_cast<size_t>(n - 1)] = bytes_after(path, n, path.target);
  }
  const double best = *std::max_element(bytes.begin(), bytes.end());
  const auto fewest =
      std::find_if(bytes.begin(), bytes.end(), [&](double one) { return one >= kAsGood * best; });
  return {static_cast<int>(fewest - bytes.begin()) + 1, static_cast<uint64_t>(best), path.target};
}

}  // namespace ftpull::sim
