// How fast to be at which time of day: "08:00,1M 18:00,off" is 1 MiB/s by day and no limit from six
// in the evening until eight in the morning; "1M" alone is always 1 MiB/s.
//
// A schedule is a list of steps sorted by their minute, no minute twice. The day is a ring: before
// the first step the last one is in force. Minutes and seconds are those of the local clock since
// midnight; who asks reads that clock.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ftpull/error.h"
#include "ftpull/fetch.h"

#include "core/time.h"

namespace ftpull {

/// Slower than this, one piece of data would take longer than the time-outs allow.
inline constexpr uint64_t kSmallestScheduledRate = 1024;
/// Faster than any network; keeps products of rates and times far from overflow.
inline constexpr uint64_t kLargestScheduledRate = uint64_t{1} << 40;

/// Steps "HH:MM,RATE" with blanks between them, in any order, or one RATE alone. RATE is a size as
/// parse_size() takes it, 1K to 1T, without blanks, or "off" for no limit. Fails with usage on
/// anything else, on times beyond 23:59 and on a time that is there twice.
Result<std::vector<RateStep>> parse_rate_schedule(std::string_view text);

/// Bytes a second in the minute 0 to 1439; 0: no limit, which an empty schedule is too.
uint64_t rate_at(std::span<const RateStep> steps, int minute_of_day);

/// From this second, 0 to 86399, to the beginning of the next step; more than 0, at most a day. A
/// day where there are fewer than two steps: nothing changes. The local clock may be set, and is
/// twice a year: who waits for long asks again in between.
Duration until_next_step(std::span<const RateStep> steps, int second_of_day);

}  // namespace ftpull
