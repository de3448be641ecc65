// What the kernel is told about one data connection's receiving, so that little is wasted and few
// wake-ups are needed.
//
// FTP's RETR has no end: a range that stops before the file does is cut by closing the connection,
// and what the server has in flight then is lost. So the window is never opened beyond the range's
// end (TCP_WINDOW_CLAMP). Linux never takes back what it has once offered, hence the clamp is set
// from kClampFrom bytes before the end on.
//
// A socket is called readable only when kWakeInterval worth of bytes at its rate is there
// (SO_RCVLOWAT), at most one buffer. With less than that it is read after kPatience all the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace ftpull::net {

/// More than any window that systems offer by default (Linux: at most 32 MiB).
inline constexpr uint64_t kClampFrom = 64ULL * 1024 * 1024;

/// Lets the peer send `left_bytes` more and no byte beyond, as far as it has not been let already.
/// Empty: no limit any more. On any thread.
void clamp_window(int fd, std::optional<uint64_t> left_bytes);

/// Chooses when a socket counts as readable. For the loop thread.
class LowWaterMark {
 public:
  static constexpr Duration kWakeInterval = std::chrono::milliseconds(20);
  static constexpr Duration kPatience = std::chrono::milliseconds(100);

  explicit LowWaterMark(size_t most_bytes) : most_bytes_(most_bytes) {}

  /// So much came in one go, at `now`.
  void note(uint64_t bytes, TimePoint now);
  /// Sets it for the wait that begins; `left_bytes` is all that may still come. True: bytes may be
  /// there without a sign, so look after kPatience.
  bool apply(int fd, uint64_t left_bytes);
  /// Any byte is a sign.
  void reset(int fd);

 private:
  void set(int fd, size_t bytes);

  const size_t most_bytes_;
  size_t mark_ = 1;
  std::optional<TimePoint> last_;
  double bytes_per_second_ = 0;  // smoothed
};

}  // namespace ftpull::net
