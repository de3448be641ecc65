#include "ftp/retrieve.h"

#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "ftp/refusal.h"

namespace ftpull::ftp {
namespace {

/// Undoes any range (draft-bryan-ftp-range, QUIRKS F14).
constexpr const char* kNoRange = "RANG 1 0";

std::string line(const Retrieve::Request& request) {
  switch (request.command) {
    case Retrieve::Command::retr:
      return command("RETR", request.path, request.iac);
    case Retrieve::Command::mlsd:
      return request.path.empty() ? "MLSD" : command("MLSD", request.path, request.iac);
    case Retrieve::Command::list:
      break;
  }
  return "LIST";
}

/// vsftpd 3.0.3 lists what is missing or closed to us with success (QUIRKS E11).
bool could_not_open(const Reply& reply) {
  return contains_ignoring_case(reply.text(), "failed to open directory");
}

}  // namespace

Actions Retrieve::start() {
  return begin();
}

/// In active mode nothing that is to come is needed for the line that begins the transfer.
Actions Retrieve::begin() {
  Actions actions = enter(State::opening);
  if (request_.asks_time && !reads_as_a_time(request_.path)) {
    time_pending_ = true;
    actions.push_back(Send{command("MDTM", request_.path, request_.iac)});
  }
  if (asks_at_once() && opening_.is_active() && last_restart_ == Restart::none) {
    asked_ = true;
    actions.push_back(Send{line(request_)});
  }
  return actions;
}

Actions Retrieve::on_reply(const Reply& reply) {
  if (state_ == State::ended) return {};
  if (reply.code == 421) {
    return fail(ErrorKind::network, "the server closed the connection", reply, true);
  }
  if (time_pending_ && opening_.is_agreed()) {
    if (reply.is_preliminary()) return {};
    time_pending_ = false;
    time_ = parse_mdtm(reply);
    return {};
  }
  switch (state_) {
    case State::opening:
      return on_opening(opening_.on_reply(reply));
    case State::rang:
      return on_rang(reply);
    case State::rest:
      return on_rest(reply);
    case State::connecting:
      return fail(ErrorKind::protocol, "the server answered a command that was not sent", reply,
                  true);
    case State::retr:
    case State::transfer:
      return on_retr(reply);
    case State::idle:
    case State::ended:
      return {};
  }
  return {};
}

Actions Retrieve::enter(State state) {
  state_ = state;
  switch (state) {
    case State::idle:
      return {};
    case State::opening:
      return on_opening(opening_.is_refused() ? opening_.try_again() : opening_.start());
    case State::rang:
      last_restart_ = Restart::rang;
      return {Send{fmt::format("RANG {} {}", request_.offset, *request_.rang_end - 1)}};
    case State::rest:
      if (request_.offset == 0 && last_restart_ == Restart::none) return enter(State::connecting);
      if (request_.offset == 0 && last_restart_ == Restart::rang) return {Send{kNoRange}};
      last_restart_ = Restart::rest;
      return {Send{fmt::format("REST {}", request_.offset)}};
    case State::connecting:
      if (opening_.is_refused()) return enter(State::opening);
      return opening_.is_ready() || asks_at_once() ? enter(State::retr) : Actions{};
    case State::retr:
      if (std::exchange(asked_, true)) return {};
      return {Send{line(request_)}};
    case State::transfer:
      began_ = true;
      return {};
    case State::ended:
      return {};
  }
  return {};
}

/// After a step of it, which asked for `actions`.
Actions Retrieve::on_opening(Actions actions) {
  const bool expects_more = asked_ || time_pending_;
  if (expects_more && !opening_.is_agreed() && !actions.empty()) {
    state_ = State::ended;
    return {CloseData{},
            Fail{{ErrorKind::network, "the server offers no data connection", {}, {}}, true}};
  }
  if (opening_.has_failed()) state_ = State::ended;
  if (!opening_.is_agreed()) return actions;
  const bool rang = request_.rang_end && !rang_failed_;
  for (Action& action : enter(rang ? State::rang : State::rest)) {
    actions.push_back(std::move(action));
  }
  return actions;
}

Actions Retrieve::on_data_connected() {
  opening_.on_connected();
  return state_ == State::connecting ? enter(State::connecting) : Actions{};
}

Actions Retrieve::on_data_refused(const Error& error) {
  if (state_ == State::ended) return {};
  opening_.on_refused(error);
  if (asked_) {
    state_ = State::ended;
    return {CloseData{}, Fail{error, true}};
  }
  // The answer to REST must come first, or it would be taken for that to PASV.
  return state_ == State::connecting ? enter(State::connecting) : Actions{};
}

Actions Retrieve::on_rang(const Reply& reply) {
  if (reply.is_preliminary()) return {};
  if (reply.is_intermediate() || reply.is_success()) return enter(State::connecting);
  rang_failed_ = true;
  last_restart_ = request_.last_restart;
  return enter(State::rest);
}

Actions Retrieve::on_rest(const Reply& reply) {
  if (reply.is_preliminary()) return {};
  if (reply.is_intermediate() || reply.is_success()) return enter(State::connecting);
  // REST 0 only undoes an earlier one: a server that refuses it has nothing to undo.
  if (request_.offset == 0) return enter(State::connecting);
  const Refusal refusal = classify_refusal(CommandKind::rest, reply);
  if (refusal == Refusal::limit) return fail(ErrorKind::busy, "the server is busy", reply);
  if (refusal == Refusal::transient) {
    return fail(ErrorKind::network, "the server refused the offset for now", reply);
  }
  return fail(ErrorKind::no_restart, "the server does not start transfers at an offset", reply);
}

Actions Retrieve::on_retr(const Reply& reply) {
  if (reply.is_preliminary()) return state_ == State::retr ? enter(State::transfer) : Actions{};
  if (reply.is_success() || (state_ == State::transfer && !reply.is_intermediate())) {
    return request_.command == Command::retr ? finish(reply) : on_listed(reply);
  }
  return request_.command == Command::retr ? on_refused_retr(reply) : on_refused_listing(reply);
}

Actions Retrieve::finish(const Reply& reply) {
  began_ = true;
  final_reply_ = reply;
  state_ = State::ended;
  return {Finish{}};
}

Actions Retrieve::on_listed(const Reply& reply) {
  if (means_empty_listing(reply, request_.path)) return on_refused_listing(reply);
  if (!could_not_open(reply)) return finish(reply);
  return fail(ErrorKind::not_found, fmt::format("cannot list {}", shown_folder(request_.path)),
              reply);
}

Actions Retrieve::on_refused_listing(const Reply& reply) {
  if (means_empty_listing(reply, request_.path)) {
    is_empty_folder_ = true;
    Actions actions{CloseData{}};
    for (Action& action : finish(reply)) actions.push_back(std::move(action));
    return actions;
  }
  const std::string folder = shown_folder(request_.path);
  const Refusal refusal = classify_refusal(CommandKind::list, reply, request_.path);
  if (refusal == Refusal::unsupported && request_.command == Command::mlsd) {
    mlsd_failed_ = true;
    return fail(ErrorKind::network, "the server does not know MLSD", reply);
  }
  if (refusal == Refusal::limit) {
    return fail(ErrorKind::busy, "the server has too many transfers under way", reply);
  }
  if (refusal == Refusal::tls_required) {
    return fail(ErrorKind::tls, "the server sends listings over TLS only", reply);
  }
  const bool is_final = refusal != Refusal::transient && reply.is_permanent();
  return fail(is_final ? ErrorKind::not_found : ErrorKind::network,
              fmt::format("cannot list {}", folder), reply);
}

Actions Retrieve::on_refused_retr(const Reply& reply) {
  const std::string file = for_display(request_.path);
  const Refusal refusal = classify_refusal(CommandKind::retr, reply, request_.path);
  switch (refusal) {
    case Refusal::limit:
      return fail(ErrorKind::busy, "the server has too many transfers under way", reply);
    case Refusal::restart_refused:
      if (request_.rang_end && !rang_failed_) {
        rang_failed_ = true;
        return fail(ErrorKind::network, "the server refused the range", reply);
      }
      if (request_.offset == 0) break;
      return fail(ErrorKind::no_restart, "the server does not start transfers at an offset", reply);
    case Refusal::not_a_file:
      return fail(ErrorKind::not_found, fmt::format("{} is not a file", file), reply);
    case Refusal::tls_required:
      return fail(ErrorKind::tls, "the server sends files over TLS only", reply);
    case Refusal::login:
    case Refusal::not_found:
    case Refusal::denied:
    case Refusal::unsupported:
    case Refusal::permanent:
      if (!reply.is_permanent()) break;
      return fail(ErrorKind::not_found, fmt::format("cannot fetch {}", file), reply);
    case Refusal::transient:
      break;
  }
  return fail(ErrorKind::network, fmt::format("the server refused to send {}", file), reply);
}

Actions Retrieve::fail(ErrorKind kind, std::string message, const Reply& reply, bool session_lost) {
  state_ = State::ended;
  // An answer that is still to come would be taken for another one's.
  const bool is_lost = session_lost || time_pending_;
  return {CloseData{}, Fail{{kind, std::move(message), reply.text(), {}}, is_lost}};
}

}  // namespace ftpull::ftp
