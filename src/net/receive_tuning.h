// What the kernel is told about one data connection's receiving, so that little is wasted and few
// wake-ups are needed.
//
// FTP's RETR has no end: a range that stops before the file does is cut by closing the connection,
// and what the server has in flight then is lost. So the window is never opened beyond the range's
// end (TCP_WINDOW_CLAMP). Linux never takes back what it has once offered, hence the clamp is set
// from kClampFrom bytes before the end on.
//
// Nor is it opened much beyond what the path holds: without that limit a sender fills the queue at
// the bottleneck, up to seconds' worth. New connections and each cut of a range then wait for that
// queue, and the bytes in it are lost with each cut.
//
// A socket is called readable only when some milliseconds' worth of bytes at its rate is there
// (SO_RCVLOWAT), at most one buffer. What waits unread is lost when the process is killed, as is
// what is under way then, a round trip's worth; so no more than a part of that may wait. With less
// than the mark it is read after kPatience all the same, and at once near the end of a range, where
// the window follows each byte.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace ftpull::net {

/// Before the connect, of a connection that will be cut: makes the window's unit small. Linux
/// rounds the window up to it with each ACK and never takes that back, which for two packets an ACK
/// adds 29 % of all that the last window holds with the usual unit of 1024 bytes, and 2 % with
/// this.
void prepare_for_cut(int fd);
/// What that makes of the window: enough for 300 Mbit/s over 100 ms in one session.
inline constexpr uint64_t kMostWindowBytes = 4ULL * 1024 * 1024;

/// With a unit that is made for that many no window can be more than this.
inline constexpr uint64_t kClampFrom = 2 * kMostWindowBytes;

/// Lets the peer send no byte beyond the next `left_bytes` to be read and one packet of
/// `packet_bytes`, nor more than `most_bytes` at a time, as far as it has not been let already. So
/// many as `unseen_bytes` may come before this is called again: they would move the window on. On
/// any thread.
void clamp_window(int fd, uint64_t left_bytes, uint64_t most_bytes, uint64_t unseen_bytes,
                  uint64_t packet_bytes);
/// The payload of the largest packets that come, or before any did of those that are sent; 0: not
/// known. (On loopback 65483 come, where 32741 are sent at first: with less than a packet of window
/// each end of a range waited for the 200 ms.)
uint64_t packet_bytes(int fd);
/// No limit any more.
void unclamp_window(int fd);

/// What a data connection brings. For the loop thread.
class ReceiveRate {
 public:
  /// Bytes come in bursts, one or more a round trip: a rate is that of so long a time at least.
  static constexpr Duration kMeasured = std::chrono::milliseconds(50);

  explicit ReceiveRate(Duration round_trip)
      : measured_(std::max<Duration>(kMeasured, round_trip)) {}

  /// So much came in one go, at `now`.
  void note(uint64_t bytes, TimePoint now);
  double bytes_per_second() const { return bytes_per_second_; }
  /// The highest that was seen.
  double fastest() const { return fastest_; }
  /// Since the first bytes.
  Duration age(TimePoint now) const { return first_ ? now - *first_ : Duration(0); }

 private:
  Duration measured_;
  std::optional<TimePoint> first_;
  TimePoint began_{};  // what is measured
  uint64_t bytes_ = 0;
  double bytes_per_second_ = 0;
  double fastest_ = 0;
};

/// The largest window that makes sense, kClampFrom while that cannot be told: three times what came
/// in a round trip when it was fastest, once slow start is over. So a connection can become faster
/// threefold with each measurement, and does not notice when round trips get three times as long.
uint64_t window_limit(const ReceiveRate& rate, Duration round_trip, TimePoint now);

/// Chooses when a socket counts as readable. For the loop thread.
class LowWaterMark {
 public:
  /// A wake-up costs some 50 us in all: so seldom that does not count.
  static constexpr Duration kLongestInterval = std::chrono::milliseconds(5);
  /// The unread part of what a kill loses.
  static constexpr int kRoundTripPart = 8;
  static constexpr Duration kPatience = std::chrono::milliseconds(20);

  LowWaterMark(size_t most_bytes, Duration round_trip)
      : most_bytes_(most_bytes),
        interval_(std::min<Duration>(kLongestInterval, round_trip / kRoundTripPart)) {}

  /// Sets it for the wait that begins; `left_bytes` is all that may still come. True: bytes may be
  /// there without a sign, so look after kPatience.
  bool apply(int fd, uint64_t left_bytes, double bytes_per_second);
  /// Any byte is a sign.
  void reset(int fd);
  size_t bytes() const { return mark_; }

 private:
  void set(int fd, size_t bytes);

  size_t most_bytes_;
  Duration interval_;
  size_t mark_ = 1;
};

}  // namespace ftpull::net
