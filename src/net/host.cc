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
  using store::Pipelining;
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
  const bool doubted = learned.pipelining == store::Pipelining::fails;
  if (how == StartUp::from_connect && !doubted) learned.pipelining = store::Pipelining::works;
}

bool Host::may_follow(int session) const {
  using store::Pipelining;
  const bool bears_lines_ahead =
      learned.pipelining != Pipelining::fails || learned.following.verdict() == Pipelining::works;
  return bears_lines_ahead && learned.following.may(session);
}

void Host::on_connected(Duration took) {
  note_connect(took);
  ++connected_;
}

void Host::note_connect(Duration took) {
  connects_.add(took, loop.now());
  learned.round_trip = connects_.shortest();
}

void Host::on_unreachable() {
  if (connected_ > 0) return;
  pinned_.reset();
  // Another machine has another path.
  connects_ = {};
}

ftp::DataOpening::Request Host::data_opening() const {
  using ftp::DataCommand;
  ftp::DataOpening::Request request;
  switch (settings.data_mode) {
    case DataMode::automatic:
      request.command = learned.epsv_fails ? DataCommand::pasv : DataCommand::epsv;
      break;
    case DataMode::active:
      request.command = learned.eprt_fails ? DataCommand::port : DataCommand::eprt;
      break;
    case DataMode::epsv:
      request = {.command = DataCommand::epsv, .may_change = false};
      break;
    case DataMode::pasv:
      request = {.command = DataCommand::pasv, .may_change = false};
      break;
    case DataMode::eprt:
      request = {.command = DataCommand::eprt, .may_change = false};
      break;
    case DataMode::port:
      request = {.command = DataCommand::port, .may_change = false};
      break;
  }
  return request;
}

void Host::on_fall_back(bool active) {
  (active ? learned.eprt_fails : learned.epsv_fails) = true;
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
