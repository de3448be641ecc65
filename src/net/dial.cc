#include "net/dial.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <utility>

#include <fmt/format.h>

#include "net/receive_tuning.h"
#include "net/socket_error.h"

namespace ftpull::net {
namespace {

/// A socket that is connecting, or the errno that says why not.
tl::expected<UniqueFd, int> begin_connect(const Address& to, const Dial::Socket& options) {
  UniqueFd fd(socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return tl::make_unexpected(errno);
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options.will_be_cut) prepare_for_cut(fd.get());
  if (options.bind_to && options.bind_to->family() == to.family()) {
    const Address any_port = options.bind_to->with_port(0);
    // The port is chosen by connect(), which may take one that other servers' connections have:
    // else thousands of small files use all of them up.
    setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd.get(), any_port.get(), any_port.length()) != 0) {
      return tl::make_unexpected(errno);
    }
  }
  if (connect(fd.get(), to.get(), to.length()) != 0 && errno != EINPROGRESS) {
    return tl::make_unexpected(errno);
  }
  return fd;
}

Error connect_error(const Address& address, int code) {
  return socket_error(fmt::format("cannot connect to {}", address.text()), code);
}

}  // namespace

Dial::Dial(Loop& loop, std::vector<Address> addresses, const Socket& socket, Duration patience,
           Done done)
    : loop_(loop),
      addresses_(std::move(addresses)),
      socket_(socket),
      done_(std::move(done)),
      last_error_{ErrorKind::network, "there is no address to connect to", {}, {}},
      step_(loop, [this] { on_timer(); }),
      patience_(loop, [this] {
        if (!addresses_.empty()) {
          const Address& last = addresses_[next_ == 0 ? 0 : next_ - 1];
          last_error_ = connect_error(last, ETIMEDOUT);
        }
        finish(tl::make_unexpected(last_error_));
      }) {
  patience_.start(patience);
  step_.start(Duration(0));
}

void Dial::on_timer() {
  if (next_ < addresses_.size()) {
    start_next();
  } else if (attempts_.empty()) {
    finish(tl::make_unexpected(last_error_));
  }
}

void Dial::start_next() {
  const size_t address = next_++;
  auto fd = begin_connect(addresses_[address], socket_);
  if (!fd) {
    attempt_failed(address, fd.error());
    return;
  }
  attempts_.push_back({address, loop_.now(),
                       std::make_unique<SocketPoll>(
                           loop_, std::move(*fd), [this, address](int) { on_writable(address); })});
  attempts_.back().poll->watch(UV_WRITABLE);
  if (next_ < addresses_.size()) step_.start(kHeadStart);
}

void Dial::on_writable(size_t address) {
  const auto attempt = std::find_if(attempts_.begin(), attempts_.end(),
                                    [&](const Attempt& a) { return a.address == address; });
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(attempt->poll->fd(), SOL_SOCKET, SO_ERROR, &error, &length);
  // The poll is still calling: it is destroyed after it has returned its socket, in either case.
  const std::unique_ptr<SocketPoll> poll = std::move(attempt->poll);
  const Duration took = loop_.now() - attempt->began;
  attempts_.erase(attempt);
  if (error != 0) {
    attempt_failed(address, error);
  } else {
    finish(Connected{poll->release(), addresses_[address], took});
  }
}

void Dial::attempt_failed(size_t address, int error) {
  last_error_ = connect_error(addresses_[address], error);
  // At once, but through the timer: the constructor's caller must not be called back from within.
  step_.start(Duration(0));
}

void Dial::finish(Result<Connected> result) {
  step_.stop();
  patience_.stop();
  attempts_.clear();
  const Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace ftpull::net
