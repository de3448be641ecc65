#include "path.h"

#include <cmath>

#include <fmt/format.h>

#include "dice.h"

namespace ftpull::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kMegabyte = 1e6;

Throttle draw_throttle(Dice& dice) {
  constexpr Duration kGenerousFor = seconds(10);
  return {kGenerousFor, dice.even(0.2, 0.7), dice.percent(50)};
}

void draw_caps(Path& path, Dice& dice) {
  if (dice.percent(30)) return;
  path.flow_rate = path.link_rate / dice.log_even(1, 14);
  path.uneven = dice.percent(45);
}

}  // namespace

Path draw_path(uint64_t seed) {
  Dice dice(seed);
  Path path;
  path.seed = seed;
  path.round_trip = from_seconds(dice.log_even(0.002, 0.3));
  path.open_round_trips = dice.percent(30) ? 4 : 7;
  path.link_rate = dice.log_even(0.5, 8) * kMegabyte;
  draw_caps(path, dice);
  if (dice.percent(25)) path.loss = dice.log_even(1e-5, 2e-2);
  if (dice.percent(25)) {
    path.server_cap = static_cast<int>(dice.between(1, 8));
    path.names_cap = dice.percent(50);
    if (dice.percent(50)) path.asked_above_cap = static_cast<int>(dice.between(1, 4));
  }
  if (dice.percent(15)) path.stall_chance = dice.even(0.05, 0.3);
  if (dice.percent(12)) path.death_chance = dice.even(0.05, 0.3);
  if (dice.percent(12)) path.throttle = draw_throttle(dice);
  if (dice.percent(12)) path.overload_from = static_cast<int>(dice.between(2, 8));
  if (dice.percent(50)) path.disk_delay = dice.even(milliseconds(1), milliseconds(50));
  path.target = from_seconds(dice.log_even(15, 90));
  return path;
}

std::string describe(const Path& path) {
  std::string text = fmt::format("rtt {:.0f} ms, link {:.2f} MB/s",
                                 1e3 * to_seconds(path.round_trip), path.link_rate / kMegabyte);
  if (path.flow_rate != kUnlimited) {
    text +=
        fmt::format(", flows {:.2f}{}", path.flow_rate / kMegabyte, path.uneven ? " uneven" : "");
  }
  if (path.loss > 0) {
    text += fmt::format(", loss {:.3f} % ({:.2f})", 100 * path.loss, loss_rate(path) / kMegabyte);
  }
  if (path.server_cap) {
    text += fmt::format(", cap {}{}", *path.server_cap, path.names_cap ? " named" : "");
  }
  if (path.stall_chance > 0) text += fmt::format(", stalls {:.0f} %", 100 * path.stall_chance);
  if (path.death_chance > 0) text += fmt::format(", deaths {:.0f} %", 100 * path.death_chance);
  if (path.throttle) {
    text += fmt::format(", {} x {:.2f} after {:.0f} s", path.throttle->total ? "link" : "flows",
                        path.throttle->factor, to_seconds(path.throttle->from));
  }
  if (path.overload_from) text += fmt::format(", overload from {}", *path.overload_from);
  return text;
}

double loss_rate(const Path& path) {
  constexpr double kMathis = 1.2;
  if (path.loss <= 0) return kUnlimited;
  return kMathis * kPacketBytes / (to_seconds(path.round_trip) * std::sqrt(path.loss));
}

Connection draw_connection(const Path& path, int number) {
  constexpr uint64_t kMostConnections = 1 << 20;
  Dice dice(path.seed * kMostConnections + static_cast<uint64_t>(number));
  Connection connection;
  connection.seed = dice.next();
  connection.rate = path.flow_rate * (path.uneven ? dice.even(0.1, 1.0) : 1);
  if (dice.unit() < path.stall_chance) {
    constexpr uint64_t kForEverPercent = 20;
    connection.stall = Stall{dice.even(Duration(0), seconds(20)), std::nullopt};
    if (!dice.percent(kForEverPercent)) {
      connection.stall->lasts = dice.even(seconds(1), seconds(20));
    }
  }
  if (dice.unit() < path.death_chance) {
    connection.death = dice.even(milliseconds(200), seconds(30));
  }
  return connection;
}

}  // namespace ftpull::sim
