#include "net/receive_tuning.h"

#include <algorithm>
#include <climits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace ftpull::net {
namespace {

void set_option(int fd, int level, int option, uint64_t value) {
  const int number = static_cast<int>(std::min<uint64_t>(value, INT_MAX));
  // It only makes things better: where it is refused the transfer goes on without it.
  static_cast<void>(setsockopt(fd, level, option, &number, sizeof number));
}

/// Of what is left, at most this part comes unseen: the window, which cannot follow it meanwhile,
/// is kept as much smaller.
constexpr uint64_t kUnseenPart = 8;
/// A queue of twice what the path holds is left to congestion control, which needs some.
constexpr double kWindowTrips = 3;
/// Ten packets, doubled in each: no path that this matters for holds more than that.
constexpr int kSlowStartTrips = 10;
/// On a shorter path the machines' own delays count for more than the path's.
constexpr Duration kShortestTrip = std::chrono::milliseconds(10);
/// So that a connection which was slow at first finds its rate.
constexpr uint64_t kLeastWindowBytes = 256 * 1024;
/// Two packets wake us once anyway.
constexpr uint64_t kWorthBytes = 4 * 1024;
/// With less left than this each byte counts.
constexpr uint64_t kLastBytes = 32 * 1024;

}  // namespace

uint64_t packet_bytes(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  return std::max(info.tcpi_rcv_mss, info.tcpi_snd_mss);
}

void clamp_window(int fd, uint64_t left_bytes, uint64_t most_bytes, uint64_t unseen_bytes,
                  uint64_t packet_bytes) {
  if (left_bytes > kClampFrom) {
    set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, most_bytes);
    return;
  }
  if (packet_bytes == 0) return;
  // The window begins behind what has come and was not read.
  int unread = 0;
  if (ioctl(fd, FIONREAD, &unread) != 0) unread = 0;
  const uint64_t taken = static_cast<uint64_t>(unread) + unseen_bytes;
  const uint64_t left = left_bytes > taken ? left_bytes - taken : 0;
  // A sender does not use a window of less than a packet before a timer of 200 ms tells it to.
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, std::min(left + packet_bytes, most_bytes));
}

void prepare_for_cut(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, kMostWindowBytes);
}

void unclamp_window(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, INT_MAX);
}

void ReceiveRate::note(uint64_t bytes, TimePoint now) {
  if (!first_) first_ = began_ = now;
  bytes_ += bytes;
  if (now - began_ < measured_) return;
  bytes_per_second_ = static_cast<double>(bytes_) / to_seconds(now - began_);
  fastest_ = std::max(fastest_, bytes_per_second_);
  began_ = now;
  bytes_ = 0;
}

uint64_t window_limit(const ReceiveRate& rate, Duration round_trip, TimePoint now) {
  const bool is_known = round_trip > Duration(0) && rate.fastest() > 0;
  if (!is_known || rate.age(now) < kSlowStartTrips * round_trip) return kClampFrom;
  const double seconds = to_seconds(std::max<Duration>(round_trip, kShortestTrip));
  const double bytes = kWindowTrips * rate.fastest() * seconds;
  return std::clamp(static_cast<uint64_t>(bytes), kLeastWindowBytes, kClampFrom);
}

bool LowWaterMark::apply(int fd, uint64_t left_bytes, double bytes_per_second) {
  const auto wanted = static_cast<uint64_t>(bytes_per_second * to_seconds(interval_));
  const uint64_t most =
      left_bytes < kLastBytes ? 1 : std::min<uint64_t>(most_bytes_, left_bytes / kUnseenPart);
  const size_t bytes = wanted < kWorthBytes ? 1 : std::min(wanted, most);
  // A little more or less is not worth a system call, but what never comes must not be waited for.
  const bool is_near = bytes < 2 * mark_ && mark_ < 2 * bytes && mark_ <= most;
  if (!is_near) set(fd, bytes);
  return mark_ > 1;
}

void LowWaterMark::reset(int fd) {
  if (mark_ > 1) set(fd, 1);
}

void LowWaterMark::set(int fd, size_t bytes) {
  mark_ = bytes;
  set_option(fd, SOL_SOCKET, SO_RCVLOWAT, bytes);
}

}  // namespace ftpull::net
