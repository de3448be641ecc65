#include "net/connect.h"

#include <utility>

#include <fmt/format.h>

namespace ftpull::net {

Error no_way_to(const proxy::Server& proxy, Error why) {
  why.message = fmt::format("the proxy {}: {}", proxy.text(), why.message);
  why.hint = "Check that the proxy runs and its URL is right, or use --proxy none";
  return why;
}

Connect::Connect(Loop& loop, const Route& route, const Dial::Socket& socket, Duration patience,
                 Dial::Done done)
    : loop_(loop),
      beyond_(route.beyond),
      done_(std::move(done)),
      deadline_(loop.now() + patience),
      dial_(std::make_unique<Dial>(
          loop, route.addresses, socket, patience,
          [this](Result<Dial::Connected> connected) { on_dialed(std::move(connected)); })) {}

void Connect::on_dialed(Result<Dial::Connected> connected) {
  // It may destroy this object, and itself with it.
  const Dial::Done done = done_;
  if (!beyond_) {
    done(std::move(connected));
  } else if (connected) {
    tunnel_ = std::make_unique<Tunnel>(loop_, std::move(*connected), *beyond_,
                                       deadline_ - loop_.now(), done);
  } else {
    done(tl::make_unexpected(no_way_to(beyond_->proxy, connected.error())));
  }
}

}  // namespace ftpull::net
