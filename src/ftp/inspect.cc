#include "ftp/inspect.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/text.h"
#include "ftp/owed_replies.h"

namespace ftpull::ftp {
namespace {

/// "MDTM 20200101000000 name" sets the time on some servers: a name of that form must not be asked
/// for (QUIRKS G14).
bool reads_as_a_time(const std::string& path) {
  constexpr size_t kDigits = 14;
  return path.size() > kDigits && path[kDigits] == ' ' &&
         std::all_of(path.begin(), path.begin() + kDigits,
                     [](char c) { return c >= '0' && c <= '9'; });
}

Send size_line(const std::string& path) {
  return {command("SIZE", path)};
}

Send time_line(const std::string& path) {
  return {command("MDTM", path)};
}

}  // namespace

std::vector<Send> Inspect::usual_lines(const std::string& path) {
  if (reads_as_a_time(path)) return {size_line(path)};
  return {size_line(path), time_line(path)};
}

Actions Inspect::start() {
  return enter(State::size);
}

Actions Inspect::on_reply(const Reply& reply) {
  if (reply.is_preliminary() || state_ == State::ended || swallow_owed(reply)) return {};
  if (reply.code == 421) {
    state_ = State::ended;
    return {Fail{{ErrorKind::network, "the server closed the connection", reply.text(), {}}, true}};
  }
  switch (state_) {
    case State::size:
      facts_.size_bytes = parse_size(reply);
      if (reply.code == 550) facts_.refusal = reply.text();
      // Missing, denied, or a folder: one text for all on many servers (QUIRKS G3, O1).
      return enter(reply.code == 550 ? State::folder : State::time);
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

bool Inspect::swallow_owed(const Reply& reply) {
  if (!reply_owed_ || state_ != State::size || owed_swallowed_ == kMostOwedReplies) return false;
  // SIZE is answered with a number, or as not known or not allowed; never as a transfer's end.
  const bool ends_transfer = (reply.is_success() && !parse_size(reply)) ||
                             (reply.is_transient() && reply.code != 421) || reply.code == 551 ||
                             reply.code == 552;
  owed_swallowed_ += ends_transfer ? 1 : 0;
  return ends_transfer;
}

Actions Inspect::enter(State state) {
  if (state == State::time && reads_as_a_time(path_)) state = State::ended;
  state_ = state;
  switch (state) {
    case State::idle:
      return {};
    case State::size:
      return {size_line(path_)};
    case State::folder:
      return {Send{command("CWD", path_)}};
    case State::time:
      return {time_line(path_)};
    case State::ended:
      return {Finish{}};
  }
  return {};
}

}  // namespace ftpull::ftp
