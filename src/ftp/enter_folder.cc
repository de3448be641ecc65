#include "ftp/enter_folder.h"

#include <utility>

#include <fmt/format.h>

#include "ftp/facts.h"
#include "ftp/refusal.h"

namespace ftpull::ftp {

// Not inline: g++ 12 then takes the value of an empty `iac` for one that is read.
EnterFolder::EnterFolder(std::string path, std::optional<std::string> home, Owed owed,
                         std::optional<Iac> iac)
    : path_(std::move(path)),
      home_(std::move(home)),
      asks_(owed == Owed::final_reply || !home_),
      owed_(owed),
      known_iac_(iac),
      in_doubt_(!iac && has_lone_iac(path_)),
      iac_(iac.value_or(Iac::doubled)) {}

Actions EnterFolder::start() {
  return enter(asks_ ? State::pwd : State::cwd);
}

Actions EnterFolder::enter(State state) {
  state_ = state;
  switch (state) {
    case State::pwd:
    case State::check:
      return {first_line()};
    case State::cwd:
      return {Send{command("CWD", absolute_path(path_, *home_), iac_)}};
    case State::ended:
      return {Finish{}};
    case State::idle:
      return {};
  }
  return {};
}

Actions EnterFolder::on_reply(const Reply& reply) {
  if (state_ == State::ended) return {};
  if (reply.code == 421) {
    return fail(ErrorKind::network, "the server closed the connection", reply, true);
  }
  switch (owed_.sort(reply, may_answer(reply))) {
    case OwedReplies::Kind::answer:
      break;
    case OwedReplies::Kind::owed:
      return {};
    case OwedReplies::Kind::ask_again:
      return enter(state_);
  }
  if (reply.is_preliminary()) return {};
  switch (state_) {
    case State::pwd:
      return on_pwd(reply);
    case State::cwd:
      return on_cwd(reply);
    case State::check:
      return on_check(reply);
    case State::idle:
    case State::ended:
      return {};
  }
  return {};
}

bool EnterFolder::may_answer(const Reply& reply) const {
  if (state_ == State::cwd) return !OwedReplies::ends_transfer(reply);
  return reply.code == 257 || reply.code == 500 || reply.code == 502;
}

Actions EnterFolder::on_cwd(const Reply& reply) {
  if (reply.is_success()) {
    if (in_doubt_ && iac_ == Iac::single) return enter(State::check);
    if (in_doubt_) known_iac_ = iac_;
    return enter(State::ended);
  }
  const bool was_doubled = std::exchange(iac_, Iac::single) == Iac::doubled;
  if (in_doubt_ && was_doubled && reply.is_permanent()) {
    refusal_ = reply;
    return enter(State::cwd);
  }
  return on_refused(refusal_.value_or(reply));
}

Actions EnterFolder::on_refused(const Reply& reply) {
  const std::string message = fmt::format("cannot list {}", shown_folder(path_));
  const Refusal refusal = classify_refusal(CommandKind::list, reply, path_);
  const bool is_final = refusal != Refusal::transient && refusal != Refusal::limit;
  return fail(is_final && reply.is_permanent() ? ErrorKind::not_found : ErrorKind::network, message,
              reply);
}

/// A server that obeys Telnet is in another folder now.
Actions EnterFolder::on_check(const Reply& reply) {
  const auto folder = parse_pwd(reply);
  if (!folder || folder->find('\xFF') == folder->npos) return on_refused(*refusal_);
  known_iac_ = iac_;
  return enter(State::ended);
}

Actions EnterFolder::on_pwd(const Reply& reply) {
  owed_ = OwedReplies(Owed::surplus);
  home_ = home_ ? home_ : parse_pwd(reply);
  if (home_) return enter(State::cwd);
  return fail(ErrorKind::protocol, "the server does not tell its login folder", reply);
}

Actions EnterFolder::fail(ErrorKind kind, std::string message, const Reply& reply,
                          bool session_lost) {
  state_ = State::ended;
  return {Fail{{kind, std::move(message), reply.text(), {}}, session_lost}};
}

std::string absolute_path(std::string_view path, std::string_view home) {
  if (path.starts_with('/')) return std::string(path);
  std::string absolute(home);
  if (path.empty()) return absolute;
  if (!absolute.ends_with('/')) absolute += '/';
  return absolute.append(path);
}

}  // namespace ftpull::ftp
