#include "ftp/enter_folder.h"

#include <utility>

#include <fmt/format.h>

#include "ftp/facts.h"
#include "ftp/refusal.h"

namespace ftpull::ftp {

Actions EnterFolder::start() {
  return enter(asks_ ? State::pwd : State::cwd);
}

Actions EnterFolder::enter(State state) {
  state_ = state;
  switch (state) {
    case State::pwd:
      return {Send{"PWD"}};
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
  if (state_ == State::pwd) return on_pwd(reply);
  if (reply.is_preliminary()) return {};
  if (reply.is_success()) return enter(State::ended);
  const std::string message = fmt::format("cannot list {}", shown_folder(path_));
  const Refusal refusal = classify_refusal(CommandKind::list, reply, path_);
  const bool is_final = refusal != Refusal::transient && refusal != Refusal::limit;
  return fail(is_final && reply.is_permanent() ? ErrorKind::not_found : ErrorKind::network, message,
              reply);
}

Actions EnterFolder::on_pwd(const Reply& reply) {
  const bool may_answer = reply.code == 257 || reply.code == 500 || reply.code == 502;
  switch (owed_.sort(reply, may_answer)) {
    case OwedReplies::Kind::answer:
      break;
    case OwedReplies::Kind::owed:
      return {};
    case OwedReplies::Kind::ask_again:
      return enter(State::pwd);
  }
  if (reply.is_preliminary()) return {};
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
