#include "ftp/inspect.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::ftp {
namespace {

Send size_line(const std::string& path, Iac iac) {
  return {command("SIZE", path, iac)};
}

Send time_line(const std::string& path, Iac iac) {
  return {command("MDTM", path, iac)};
}

}  // namespace

// Not inline: g++ 12 then takes the value of an empty `iac` for one that is read.
Inspect::Inspect(std::string path, Owed owed, std::optional<Iac> iac)
    : path_(std::move(path)), owed_(owed), known_iac_(iac), iac_(iac.value_or(Iac::doubled)) {}

std::vector<Send> Inspect::usual_lines(const std::string& path, std::optional<Iac> iac) {
  const Iac first = iac.value_or(Iac::doubled);
  if (reads_as_a_time(path)) return {size_line(path, first)};
  return {size_line(path, first), time_line(path, first)};
}

Actions Inspect::start() {
  return enter(State::size);
}

Actions Inspect::on_reply(const Reply& reply) {
  if (state_ == State::ended) return {};
  switch (sort(reply)) {
    case OwedReplies::Kind::answer:
      break;
    case OwedReplies::Kind::owed:
      return {};
    case OwedReplies::Kind::ask_again:
      return enter(state_);
  }
  if (reply.is_preliminary()) return {};
  if (reply.code == 421) return lose("the server closed the connection", reply);
  // It answers something else: the two sides are out of step (QUIRKS A12).
  if (OwedReplies::ends_transfer(reply)) return lose("the server answers something else", reply);
  switch (state_) {
    case State::size:
      return on_size(reply);
    case State::size_as_telnet:
      return on_size_as_telnet(reply);
    case State::folder:
      if (!reply.is_success()) return enter(State::time);
      state_ = State::ended;
      // CWD has moved this session away from the login folder: it cannot be used any more.
      return {Fail{{ErrorKind::usage,
                    fmt::format("{} is a folder", for_display(path_)),
                    {},
                    "To fetch a folder with all that is in it, use: ftpull mirror URL"},
                   true}};
    case State::time:
      facts_.mdtm = parse_mdtm(reply);
      return enter(State::ended);
    case State::idle:
    case State::ended:
      return {};
  }
  return {};
}

Actions Inspect::lose(const char* what, const Reply& reply) {
  state_ = State::ended;
  return {Fail{{ErrorKind::network, what, reply.text(), {}}, true}};
}

Actions Inspect::on_size(const Reply& reply) {
  facts_.size_bytes = parse_size(reply);
  const bool not_found = reply.code == 550 || reply.code == 553;
  const bool in_doubt = !known_iac_ && has_lone_iac(path_);
  if (in_doubt && facts_.size_bytes) {
    if (iac_ == Iac::single) return enter(State::size_as_telnet);
    known_iac_ = iac_;
  } else if (in_doubt && not_found && iac_ == Iac::doubled) {
    refusal_ = reply.text();
    iac_ = Iac::single;
    return enter(State::size);
  }
  if (!facts_.size_bytes && !known_iac_) iac_ = Iac::doubled;
  if (reply.code == 550) facts_.refusal = reply.text();
  // Missing, denied, or a folder: one text for all on many servers (QUIRKS G3, O1).
  return enter(reply.code == 550 ? State::folder : State::time);
}

/// Two files of the same size are one, as far as can be told.
Actions Inspect::on_size_as_telnet(const Reply& reply) {
  if (parse_size(reply) == facts_.size_bytes) {
    facts_.size_bytes.reset();
    facts_.refusal = refusal_;
    iac_ = Iac::doubled;
  } else {
    known_iac_ = iac_;
  }
  return enter(State::time);
}

/// SIZE is answered with a number, or as not known or not allowed; never as a transfer's end.
OwedReplies::Kind Inspect::sort(const Reply& reply) {
  if (state_ != State::size) return OwedReplies::Kind::answer;
  const bool ends_transfer = reply.is_preliminary() || reply.is_transient() ||
                             (reply.is_success() && !parse_size(reply)) || reply.code == 551 ||
                             reply.code == 552;
  return owed_.sort(reply, !ends_transfer);
}

Actions Inspect::enter(State state) {
  if (state == State::time && reads_as_a_time(path_)) state = State::ended;
  state_ = state;
  switch (state) {
    case State::idle:
      return {};
    case State::size:
      return {size_line(path_, iac_)};
    case State::size_as_telnet:
      return {size_line(as_telnet_reads(path_), iac_)};
    case State::folder:
      return {Send{command("CWD", path_, iac_)}};
    case State::time:
      return {time_line(path_, iac_)};
    case State::ended:
      return {Finish{}};
  }
  return {};
}

}  // namespace ftpull::ftp
