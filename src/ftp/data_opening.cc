#include "ftp/data_opening.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "ftp/passive.h"

namespace ftpull::ftp {
namespace {

struct Spelled {
  std::string_view verb;
  CommandKind kind;
};

Spelled spelled(DataCommand command) {
  switch (command) {
    case DataCommand::epsv:
      return {"EPSV", CommandKind::epsv};
    case DataCommand::pasv:
      return {"PASV", CommandKind::pasv};
    case DataCommand::eprt:
      return {"EPRT", CommandKind::eprt};
    case DataCommand::port:
      return {"PORT", CommandKind::port};
  }
  return {};
}

std::string line(DataCommand command, const DataOpening::Request& request) {
  const std::string_view name = spelled(command).verb;
  if (!is_active(command)) return std::string(name);
  const auto& [host, port] = request.listening.value();
  if (command == DataCommand::eprt) {
    return fmt::format("{} |{}|{}|{}|", name, request.ipv6 ? 2 : 1, host, port);
  }
  std::string numbers = host;
  std::replace(numbers.begin(), numbers.end(), '.', ',');
  return fmt::format("{} {},{},{}", name, numbers, port >> 8, port & 0xFF);
}

}  // namespace

Send DataOpening::passive_line(DataCommand command) {
  return {std::string(spelled(command).verb)};
}

Actions DataOpening::start() {
  return ask(request_.command);
}

Actions DataOpening::ask(DataCommand command) {
  state_ = State::asking;
  command_ = command;
  return {Send{line(command, request_)}};
}

std::optional<DataCommand> DataOpening::older() const {
  if (!request_.may_change || request_.ipv6) return std::nullopt;
  if (command_ == DataCommand::epsv) return DataCommand::pasv;
  if (command_ == DataCommand::eprt) return DataCommand::port;
  return std::nullopt;
}

Actions DataOpening::on_reply(const Reply& reply) {
  switch (sort(reply)) {
    case OwedReplies::Kind::answer:
      break;
    case OwedReplies::Kind::owed:
      return {};
    case OwedReplies::Kind::ask_again:
      return ask(command_);
  }
  if (reply.is_preliminary()) return {};
  if (auto actions = agree(reply)) {
    state_ = State::agreed;
    return *std::move(actions);
  }
  return on_refusal(reply);
}

/// What comes before the answer may belong to the transfer before.
OwedReplies::Kind DataOpening::sort(const Reply& reply) {
  const bool is_yes = is_active() ? reply.code == 200 : reply.code == 227 || reply.code == 229;
  // Besides it: the answers that only a refusal can have.
  const bool may_answer = is_yes || reply.code == 500 || reply.code == 501 || reply.code == 502 ||
                          reply.code == 522 || reply.code == 530;
  return owed_.sort(reply, may_answer);
}

std::optional<Actions> DataOpening::agree(const Reply& reply) {
  if (is_active()) return reply.is_success() ? std::optional(Actions{}) : std::nullopt;
  std::optional<uint16_t> port;
  if (command_ == DataCommand::epsv) {
    port = parse_epsv(reply);
  } else if (const auto address = parse_pasv(reply)) {
    port = address->port;
  }
  if (!port) return std::nullopt;
  return Actions{OpenData{*port, older().has_value()}};
}

Actions DataOpening::on_refusal(const Reply& reply) {
  const Refusal refusal = classify_refusal(spelled(command_).kind, reply);
  if (refusal == Refusal::limit) {
    return fail(ErrorKind::busy, "the server has no room for another transfer", reply);
  }
  if (const auto command = older()) return ask(*command);
  const bool is_wish = is_active() || !request_.may_change;
  if (is_wish && refusal == Refusal::unsupported && reply.is_permanent()) {
    state_ = State::failed;
    return {CloseData{},
            Fail{{ErrorKind::usage, fmt::format("the server refuses {}", spelled(command_).verb),
                  reply.text(), "Use --data-mode auto"}}};
  }
  // What is no refusal answers something else: the two sides are out of step (QUIRKS A12).
  const bool out_of_step = !reply.is_transient() && !reply.is_permanent();
  return fail(ErrorKind::network, "the server offers no data connection", reply, out_of_step);
}

Actions DataOpening::try_again() {
  const Error error = *std::exchange(refused_, std::nullopt);
  Actions actions{CloseData{}};
  // Busy is this machine, which another command does not change.
  const auto command = error.kind == ErrorKind::busy ? std::nullopt : older();
  if (command) {
    for (Action& action : ask(*command)) actions.push_back(std::move(action));
  } else {
    state_ = State::failed;
    actions.push_back(Fail{error, false});
  }
  return actions;
}

Actions DataOpening::fail(ErrorKind kind, std::string message, const Reply& reply,
                          bool session_lost) {
  state_ = State::failed;
  return {CloseData{}, Fail{{kind, std::move(message), reply.text(), {}}, session_lost}};
}

}  // namespace ftpull::ftp
