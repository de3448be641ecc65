#include "net/accept.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "net/receive_tuning.h"

namespace ftpull::net {
namespace {

/// One is the server's; strangers must not be able to keep it out.
constexpr int kBacklog = 8;

tl::unexpected<Error> cannot_listen(const Address& local) {
  return fail(ErrorKind::network,
              fmt::format("cannot listen at {}: {}", local.text(), strerror(errno)));
}

}  // namespace

Result<std::unique_ptr<Accept>> Accept::from(Loop& loop, const Address& local, const Address& peer,
                                             bool will_be_cut, Done done) {
  const Address any_port = local.with_port(0);
  UniqueFd fd(socket(local.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return cannot_listen(any_port);
  // What is accepted inherits it.
  if (will_be_cut) prepare_for_cut(fd.get());
  if (bind(fd.get(), any_port.get(), any_port.length()) != 0 || listen(fd.get(), kBacklog) != 0) {
    return cannot_listen(any_port);
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
  // It may have gone in the meantime; whoever waits for us has a time limit.
  if (!fd) return;
  const auto peer = Address::of_peer(fd.get());
  if (!peer || !peer->is_same_host(peer_)) return;
  const UniqueFd listener = poll_.release();
  done_(std::move(fd));
}

}  // namespace ftpull::net
