#include "ftp/retrieve.h"

#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "ftp/owed_replies.h"
#include "ftp/passive.h"
#include "ftp/refusal.h"

namespace ftpull::ftp {
namespace {

/// Undoes any range (draft-bryan-ftp-range, QUIRKS F14).
constexpr const char* kNoRange = "RANG 1 0";

}  // namespace

Actions Retrieve::start() {
  return enter(request_.try_epsv ? State::epsv : State::pasv);
}

Actions Retrieve::on_reply(const Reply& reply) {
  if (state_ == State::ended || swallow_owed(reply)) return {};
  if (reply.code == 421) {
    return fail(ErrorKind::network, "the server closed the connection", reply, true);
  }
  switch (state_) {
    case State::epsv:
    case State::pasv:
      return on_passive(reply);
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

bool Retrieve::swallow_owed(const Reply& reply) {
  const bool waits_for_passive = state_ == State::epsv || state_ == State::pasv;
  if (!request_.reply_owed || !waits_for_passive || reply.code == 421) return false;
  if (reply.code == 227 || reply.code == 229) return false;
  // The answers that only a refused EPSV or PASV can have; the rest ends the transfer before.
  const bool refuses_command = reply.code == 500 || reply.code == 501 || reply.code == 502 ||
                               reply.code == 522 || reply.code == 530;
  if (refuses_command || owed_swallowed_ == kMostOwedReplies) return false;
  ++owed_swallowed_;
  return true;
}

Actions Retrieve::enter(State state) {
  state_ = state;
  switch (state) {
    case State::idle:
      return {};
    case State::epsv:
      return {first_line(true)};
    case State::pasv:
      return {first_line(false)};
    case State::rang:
      last_restart_ = Restart::rang;
      return {Send{fmt::format("RANG {} {}", request_.offset, *request_.rang_end - 1)}};
    case State::rest:
      if (request_.offset == 0 && last_restart_ == Restart::none) return enter(State::connecting);
      if (request_.offset == 0 && last_restart_ == Restart::rang) return {Send{kNoRange}};
      last_restart_ = Restart::rest;
      return {Send{fmt::format("REST {}", request_.offset)}};
    case State::connecting:
      if (refused_) return give_up_connecting();
      // A RETR without its connection would hang in the server, and then nothing else could be
      // tried on this session.
      return connected_ ? enter(State::retr) : Actions{};
    case State::retr:
      return {Send{command("RETR", request_.path)}};
    case State::transfer:
      began_ = true;
      return {};
    case State::ended:
      return {};
  }
  return {};
}

Actions Retrieve::on_passive(const Reply& reply) {
  if (reply.is_preliminary()) return {};
  const bool extended = state_ == State::epsv;
  std::optional<uint16_t> port;
  if (extended) {
    port = parse_epsv(reply);
  } else if (const auto address = parse_pasv(reply)) {
    port = address->port;
  }
  if (port) {
    Actions actions{OpenData{*port, extended && !request_.ipv6}};
    const bool rang = request_.rang_end && !rang_failed_;
    for (Action& action : enter(rang ? State::rang : State::rest)) {
      actions.push_back(std::move(action));
    }
    return actions;
  }
  const Refusal refusal = classify_refusal(extended ? CommandKind::epsv : CommandKind::pasv, reply);
  if (refusal == Refusal::limit) {
    return fail(ErrorKind::busy, "the server has no room for another transfer", reply);
  }
  if (extended && !request_.ipv6) {
    epsv_failed_ = true;
    return enter(State::pasv);
  }
  // What is no refusal answers something else: the two sides are out of step (QUIRKS A12).
  const bool out_of_step = !reply.is_transient() && !reply.is_permanent();
  return fail(ErrorKind::network, "the server offers no data connection", reply, out_of_step);
}

Actions Retrieve::on_data_connected() {
  connected_ = true;
  return state_ == State::connecting ? enter(State::retr) : Actions{};
}

Actions Retrieve::on_data_refused(const Error& error) {
  if (state_ == State::ended) return {};
  refused_ = error;
  // The answer to REST must come first, or it would be taken for that to PASV.
  return state_ == State::connecting ? give_up_connecting() : Actions{};
}

Actions Retrieve::give_up_connecting() {
  const Error error = *std::exchange(refused_, std::nullopt);
  Actions actions{CloseData{}};
  if (request_.try_epsv && !epsv_failed_ && !request_.ipv6) {
    epsv_failed_ = true;
    for (Action& action : enter(State::pasv)) actions.push_back(std::move(action));
  } else {
    state_ = State::ended;
    actions.push_back(Fail{error, false});
  }
  return actions;
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
    began_ = true;
    final_reply_ = reply;
    state_ = State::ended;
    return {Finish{}};
  }
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
  return {CloseData{}, Fail{{kind, std::move(message), reply.text(), {}}, session_lost}};
}

}  // namespace ftpull::ftp
