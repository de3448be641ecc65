#include "net/control_stream.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>

namespace ftpull::net {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
/// One turn reads no more than this, so that a flood of replies does not starve other sessions.
constexpr int kReadsPerTurn = 4;
/// Below the shortest time after which routers are known to forget connections (60 s, QUIRKS J1).
constexpr int kKeepAliveSeconds = 45;
constexpr int kKeepAliveProbes = 4;

void set_option(int fd, int level, int name, int value) {
  // A socket without keep-alive still works; nothing depends on the outcome.
  static_cast<void>(setsockopt(fd, level, name, &value, sizeof value));
}

}  // namespace

ControlStream::ControlStream(Loop& loop, UniqueFd fd, Events events)
    : events_(std::move(events)),
      poll_(loop, std::move(fd), [this](int ready) { on_ready(ready); }) {
  set_option(poll_.fd(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(poll_.fd(), IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveSeconds);
  set_option(poll_.fd(), IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveSeconds / kKeepAliveProbes);
  set_option(poll_.fd(), IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  poll_.watch(UV_READABLE);
}

void ControlStream::send(std::string_view lines) {
  unsent_ += lines;
  flush();
}

void ControlStream::stop() {
  stopped_ = true;
  poll_.watch(0);
}

void ControlStream::on_ready(int ready) {
  if (!stopped_ && (ready & UV_WRITABLE) != 0 && !unsent_.empty()) flush();
  if (!stopped_ && (ready & UV_READABLE) != 0) read();
}

void ControlStream::flush() {
  while (!unsent_.empty()) {
    const ssize_t n = ::send(poll_.fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    unsent_.erase(0, static_cast<size_t>(n));
  }
  // After an error reading tells more than writing did: often the server's last words are there.
  const bool wait = !unsent_.empty() && errno == EAGAIN;
  if (!stopped_) poll_.watch(wait ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

void ControlStream::read() {
  std::array<char, kReadBytes> buffer;
  for (int turn = 0; turn < kReadsPerTurn && !stopped_; ++turn) {
    const ssize_t n = recv(poll_.fd(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) {
      end({ErrorKind::network,
           fmt::format("the control connection broke: {}", strerror(errno)),
           {},
           {}});
      return;
    }
    if (n == 0) {
      end({ErrorKind::network, "the server closed the control connection", {}, {}});
      return;
    }
    // Some servers write a reply in pieces, and wait for the acknowledgement of the first
    // (inetutils-ftpd 2.4: 22 small files a second with ours delayed, 1,100 without).
    set_option(poll_.fd(), IPPROTO_TCP, TCP_QUICKACK, 1);
    events_.on_bytes({buffer.data(), static_cast<size_t>(n)});
  }
}

void ControlStream::end(Error error) {
  stop();
  events_.on_end(std::move(error));
}

}  // namespace ftpull::net
