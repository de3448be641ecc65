#include "net/host.h"

#include <fmt/format.h>

#include "net/ftp_session.h"

namespace ftpull::net {

std::unique_ptr<transfer::Session> Host::make_session(transfer::SessionObserver& observer) {
  return std::make_unique<FtpSession>(*this, observer, ++sessions_made_);
}

void Host::on_connected(const Address& address) {
  pinned_ = address;
  ++connected_;
}

void Host::on_unreachable() {
  if (connected_ == 0) pinned_.reset();
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
