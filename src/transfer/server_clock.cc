#include "transfer/server_clock.h"

#include <cstdlib>

namespace ftpull::transfer {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kQuarter = 15 * kMinute;
constexpr int64_t kDay = 24 * 60 * kMinute;
/// Zones reach from -12 to +14 hours.
constexpr int64_t kFarthestZone = 14 * 60 * kMinute;

/// Of negative numbers too.
int64_t rounded_down(int64_t seconds, int64_t unit) {
  const int64_t rest = seconds % unit;
  return seconds - (rest < 0 ? rest + unit : rest);
}

}  // namespace

std::optional<int64_t> ServerClock::ahead_by(const EntryTime& listed, int64_t mdtm_utc) {
  if (listed.is_utc || listed.precision == TimePrecision::day) return std::nullopt;
  const bool to_the_minute = listed.precision == TimePrecision::minute;
  const int64_t utc = to_the_minute ? rounded_down(mdtm_utc, kMinute) : mdtm_utc;
  const int64_t ahead = listed.unix_seconds - utc;
  if (std::abs(ahead) > kFarthestZone || ahead % kQuarter != 0) return std::nullopt;
  return ahead;
}

int64_t ServerClock::utc_of(const EntryTime& listed) const {
  return listed.is_utc ? listed.unix_seconds : listed.unix_seconds - ahead_seconds_.value_or(0);
}

bool ServerClock::is_same(const EntryTime& listed, int64_t local_mtime) const {
  const int64_t ahead = listed.is_utc ? 0 : ahead_seconds_.value_or(0);
  const int64_t on_wall = local_mtime + ahead;
  switch (listed.precision) {
    case TimePrecision::second:
    case TimePrecision::fraction:
      return on_wall == listed.unix_seconds;
    case TimePrecision::minute:
      return rounded_down(on_wall, kMinute) == rounded_down(listed.unix_seconds, kMinute);
    case TimePrecision::day:
      break;
  }
  const int64_t grace = listed.is_utc || is_known() ? 0 : kFarthestZone;
  const int64_t day = rounded_down(listed.unix_seconds, kDay);
  return on_wall >= day - grace && on_wall < day + kDay + grace;
}

}  // namespace ftpull::transfer
