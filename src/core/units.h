// Sizes, rates and times as a person types and reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ftpull/error.h"

#include "core/time.h"

namespace ftpull {

/// "4096", "64K", "1.5M", "2GiB", "10 MB/s": binary multiples, K M G T, case and the endings "iB",
/// "B",
/// "/s" do not matter. Fails with usage on anything else, negative numbers, or more than 2^63 - 1.
Result<uint64_t> parse_size(std::string_view text);

/// Seconds with an optional unit: "30", "1.5", "500ms", "2m", "1h".
Result<Duration> parse_duration(std::string_view text);

/// "999 B", "1.00 MiB", "12.3 GiB": three significant digits.
std::string format_size(uint64_t bytes);

/// format_size with "/s".
std::string format_rate(double bytes_per_second);

/// "0.4 s", "42 s", "3:07", "2:10:05".
std::string format_duration(double seconds);

}  // namespace ftpull
