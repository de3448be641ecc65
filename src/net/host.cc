#include "net/host.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/units.h"
#include "net/ftp_session.h"

namespace ftpull::net {

std::unique_ptr<transfer::Session> Host::make_session(transfer::SessionObserver& observer) {
  return std::make_unique<FtpSession>(*this, observer, ++sessions_made_);
}

StartUp Host::choose_start_up() {
  using Pipelining = Learned::Pipelining;
  if (learned.pipelining == Pipelining::fails) return StartUp::one_by_one;
  if (learned.pipelining == Pipelining::works || settings.learned.known) {
    return StartUp::from_connect;
  }
  if (!bursts_work_ || tried_) return StartUp::after_login;
  tried_ = true;
  return StartUp::from_connect;
}

void Host::on_started(StartUp how) {
  learned.known = true;
  if (how == StartUp::after_login) bursts_work_ = true;
  const bool doubted = learned.pipelining == Learned::Pipelining::fails;
  if (how == StartUp::from_connect && !doubted) learned.pipelining = Learned::Pipelining::works;
}

void Host::on_connected(const Address& address, Duration took) {
  learned.round_trip = std::min(took, learned.round_trip.value_or(took));
  pinned_ = address;
  ++connected_;
}

void Host::on_unreachable() {
  if (connected_ == 0) pinned_.reset();
}

Error Host::silence() const {
  const double seconds = to_seconds(settings.timeout);
  return {ErrorKind::network,
          fmt::format("the server was silent for {}", format_duration(seconds)),
          {},
          {}};
}

void Host::trace(int session, std::string_view text) {
  std::string line = fmt::format("[{}] {}", session, text);
  // Some servers repeat in a reply what they were sent.
  const std::string& secret = settings.credentials.password;
  if (!secret.empty()) {
    for (size_t at = 0; (at = line.find(secret, at)) != std::string::npos; at += 3) {
      line.replace(at, secret.size(), "***");
    }
  }
  observer_.on_message(MessageLevel::trace, line);
}

}  // namespace ftpull::net
