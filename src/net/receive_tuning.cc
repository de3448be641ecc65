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
/// Bytes come in bursts: a rate is that of so long a time.
constexpr Duration kMeasured = std::chrono::milliseconds(50);
/// With less at a time nothing is saved that would be worth what a kill loses: with a mark of 40
/// KiB ten kills of 8 sessions at 64 MiB/s cost 3 % of 512 MiB, and without one 0.5 %.
constexpr uint64_t kWorthBytes = 128 * 1024;
/// With less left than this each byte counts.
constexpr uint64_t kLastBytes = 32 * 1024;

}  // namespace

void clamp_window(int fd, uint64_t left_bytes, uint64_t unseen_bytes) {
  if (left_bytes > kClampFrom) return;
  // The window begins behind what has come and was not read.
  int unread = 0;
  if (ioctl(fd, FIONREAD, &unread) != 0) unread = 0;
  const uint64_t taken = static_cast<uint64_t>(unread) + unseen_bytes;
  // A sender does not use a window of less than a packet before a timer of 200 ms tells it to.
  int packet_bytes = 0;
  socklen_t length = sizeof packet_bytes;
  if (getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &packet_bytes, &length) != 0) return;
  const uint64_t left = left_bytes > taken ? left_bytes - taken : 0;
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, left + static_cast<uint64_t>(packet_bytes));
}

void prepare_for_cut(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, kMostWindowBytes);
}

void unclamp_window(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, INT_MAX);
}

void LowWaterMark::note(uint64_t bytes, TimePoint now) {
  if (!began_) began_ = now;
  bytes_ += bytes;
  if (now - *began_ < kMeasured) return;
  bytes_per_second_ = static_cast<double>(bytes_) / to_seconds(now - *began_);
  began_ = now;
  bytes_ = 0;
}

bool LowWaterMark::apply(int fd, uint64_t left_bytes) {
  const auto wanted = static_cast<uint64_t>(bytes_per_second_ * to_seconds(kWakeInterval));
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
