#include "net/accept.h"

#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "net/receive_tuning.h"
#include "net/socket_error.h"

namespace ftpull::net {
namespace {

/// One is the server's; strangers must not be able to keep it out.
constexpr int kBacklog = 8;

Error cannot_listen(const Address& local, int code) {
  return socket_error(fmt::format("cannot listen at {}", local.text()), code);
}

}  // namespace

Result<std::unique_ptr<Accept>> Accept::from(Loop& loop, const Address& local, const Address& peer,
                                             bool will_be_cut, Done done) {
  const Address any_port = local.with_port(0);
  UniqueFd fd(socket(local.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return tl::make_unexpected(cannot_listen(any_port, errno));
  // What is accepted inherits it.
  if (will_be_cut) prepare_for_cut(fd.get());
  if (bind(fd.get(), any_port.get(), any_port.length()) != 0 || listen(fd.get(), kBacklog) != 0) {
    return tl::make_unexpected(cannot_listen(any_port, errno));
  }
  const auto bound = Address::of_socket(fd.get());
  if (!bound) return tl::make_unexpected(bound.error());
  return std::unique_ptr<Accept>(new Accept(loop, std::move(fd), *bound, peer, std::move(done)));
}

Accept::Accept(Loop& loop, UniqueFd fd, const Address& local, const Address& peer, Done done)
    : local_(local),
      peer_(peer),
      done_(std::move(done)),
      poll_(loop, std::move(fd), [this](int) { on_readable(); }) {
  poll_.watch(UV_READABLE);
}

/// One at a time: the poll reports what still waits.
void Accept::on_readable() {
  UniqueFd fd(accept4(poll_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int code = fd ? 0 : errno;
  // It may have gone in the meantime; whoever waits for us has a time limit.
  if (!fd && !is_want_of_room(code)) return;
  const auto peer = Address::of_peer(fd.get());
  if (fd && (!peer || !peer->is_same_host(peer_))) return;
  const UniqueFd listener = poll_.release();
  // It may destroy this object, and itself with it.
  const Done done = done_;
  if (fd)
    done(std::move(fd));
  else
    done(tl::make_unexpected(cannot_listen(local_, code)));
}

}  // namespace ftpull::net
