#include "net/tunnel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>

namespace ftpull::net {
namespace {

/// More than any handshake's next piece.
constexpr size_t kReadBytes = 512;

}  // namespace

Tunnel::Tunnel(Loop& loop, Dial::Connected to_proxy, const Route::Beyond& beyond, Duration patience,
               Dial::Done done)
    : loop_(loop),
      proxy_(beyond.proxy.text()),
      peer_(to_proxy.peer),
      handshake_(proxy::make_handshake(beyond.proxy, beyond.target)),
      done_(std::move(done)),
      poll_(
          std::make_unique<SocketPoll>(loop, std::move(to_proxy.fd), [this](int) { on_ready(); })),
      patience_(loop, [this] { lost("it did not answer in time"); }) {
  patience_.start(std::max(patience, Duration(0)));
  send(handshake_->begin());
}

void Tunnel::send(const std::string& bytes) {
  out_ += bytes;
  if (!bytes.empty() && handshake_->requested()) asked_ = loop_.now();
  poll_->watch(out_.empty() ? UV_READABLE : UV_WRITABLE);
}

/// One speaks at a time: an answer is read when all has been sent that it can be to.
void Tunnel::on_ready() {
  if (out_.empty())
    read();
  else
    flush();
}

void Tunnel::flush() {
  const ssize_t sent = ::send(poll_->fd(), out_.data(), out_.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    lost(strerror(errno));
    return;
  }
  out_.erase(0, static_cast<size_t>(std::max<ssize_t>(sent, 0)));
  if (out_.empty()) poll_->watch(UV_READABLE);
}

/// Until there is nothing, or something to send, or the handshake has ended.
void Tunnel::read() {
  std::array<char, kReadBytes> buffer;
  while (handshake_->wanted() > 0) {
    const size_t most = std::min(handshake_->wanted(), buffer.size());
    const ssize_t got = recv(poll_->fd(), buffer.data(), most, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      lost(got == 0 ? "it closed the connection" : strerror(errno));
      return;
    }
    const auto answer = handshake_->take({buffer.data(), static_cast<size_t>(got)});
    if (!answer) {
      finish(tl::make_unexpected(answer.error()));
      return;
    }
    if (!answer->empty()) {
      send(*answer);
      return;
    }
  }
  finish(Dial::Connected{poll_->release(), peer_, loop_.now() - asked_});
}

void Tunnel::lost(std::string_view reason) {
  finish(fail(ErrorKind::network, fmt::format("the proxy {}: {}", proxy_, reason), {},
              "Check that its URL has the right scheme and port, or use --proxy none"));
}

void Tunnel::finish(Result<Dial::Connected> result) {
  patience_.stop();
  // The poll may still be calling: it is destroyed after that.
  const std::unique_ptr<SocketPoll> poll = std::move(poll_);
  const Dial::Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace ftpull::net
