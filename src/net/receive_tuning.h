// What the kernel is told about one data connection's receiving, so that little is wasted and few
// wake-ups are needed.
//
// FTP's RETR has no end: a range that stops before the file does is cut by closing the connection,
// and what the server has in flight then is lost. So the window is never opened beyond the range's
// end (TCP_WINDOW_CLAMP). Linux never takes back what it has once offered, hence the clamp is set
// from kClampFrom bytes before the end on.
//
// A socket is called readable only when kWakeInterval worth of bytes at its rate is there
// (SO_RCVLOWAT), at most one buffer; what waits unread is lost when the process is killed, so it is
// little. With less than that it is read after kPatience all the same, and at once near the end of
// a range, where the window follows each byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace ftpull::net {

/// More than any window that systems offer by default (Linux: at most 32 MiB).
inline constexpr uint64_t kClampFrom = 64ULL * 1024 * 1024;

/// Lets the peer send no byte beyond the next `left_bytes` to be read and one packet, as far as it
/// has not been let already. So many as `unseen_bytes` may come before this is called again: they
/// would move the window on. On any thread.
void clamp_window(int fd, uint64_t left_bytes, uint64_t unseen_bytes);
/// Before the connect, of a connection that will be cut: makes the window's unit small. Linux
/// rounds the window up to it with each ACK and never takes that back, which for two packets an ACK
/// adds 29 % of all that the last window holds with the usual unit of 1024 bytes, and 2 % with
/// this.
void prepare_for_cut(int fd);
/// What that makes of the window: enough for 300 Mbit/s over 100 ms in one session.
inline constexpr uint64_t kMostWindowBytes = 4ULL * 1024 * 1024;

/// No limit any more.
void unclamp_window(int fd);

/// Chooses when a socket counts as readable. For the loop thread.
class LowWaterMark {
 public:
  static constexpr Duration kWakeInterval = std::chrono::milliseconds(5);
  static constexpr Duration kPatience = std::chrono::milliseconds(20);

  explicit LowWaterMark(size_t most_bytes) : most_bytes_(most_bytes) {}

  /// So much came in one go, at `now`.
  void note(uint64_t bytes, TimePoint now);
  /// Sets it for the wait that begins; `left_bytes` is all that may still come. True: bytes may be
  /// there without a sign, so look after kPatience.
  bool apply(int fd, uint64_t left_bytes);
  /// Any byte is a sign.
  void reset(int fd);
  size_t bytes() const { return mark_; }

 private:
  void set(int fd, size_t bytes);

  const size_t most_bytes_;
  size_t mark_ = 1;
  std::optional<TimePoint> began_;  // of what is measured
  uint64_t bytes_ = 0;              // since then
  double bytes_per_second_ = 0;
};

}  // namespace ftpull::net
