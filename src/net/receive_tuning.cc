#include "net/receive_tuning.h"

#include <algorithm>
#include <climits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace ftpull::net {
namespace {

void set_option(int fd, int level, int option, uint64_t value) {
  const int number = static_cast<int>(std::min<uint64_t>(value, INT_MAX));
  // It only makes things better: where it is refused the transfer goes on without it.
  static_cast<void>(setsockopt(fd, level, option, &number, sizeof number));
}

}  // namespace

void clamp_window(int fd, std::optional<uint64_t> left_bytes) {
  set_option(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, left_bytes.value_or(INT_MAX));
}

void LowWaterMark::note(uint64_t bytes, TimePoint now) {
  constexpr double kWeight = 0.3;
  if (last_ && now > *last_) {
    const double rate = static_cast<double>(bytes) / to_seconds(now - *last_);
    bytes_per_second_ += kWeight * (rate - bytes_per_second_);
  }
  last_ = now;
}

bool LowWaterMark::apply(int fd, uint64_t left_bytes) {
  const auto wanted = static_cast<uint64_t>(bytes_per_second_ * to_seconds(kWakeInterval));
  const size_t bytes = std::max<uint64_t>(std::min({wanted, uint64_t{most_bytes_}, left_bytes}), 1);
  // A little more or less is not worth a system call, but what never comes must not be waited for.
  const bool is_near = bytes < 2 * mark_ && mark_ < 2 * bytes && mark_ <= left_bytes;
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
