#include "ftp/send_ahead.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "ftp/facts.h"

namespace ftpull::ftp {
namespace {

constexpr std::string_view kGreeting;

/// Each of these codes answers one command and no other (RFC 959, 2389, 2428, 3659).
struct OwnCode {
  std::string_view verb;
  int code;
};
constexpr std::array kOwnCodes = {OwnCode{"FEAT", 211}, OwnCode{"SIZE", 213}, OwnCode{"MDTM", 213},
                                  OwnCode{"PASV", 227}, OwnCode{"EPSV", 229}};

std::string_view verb_of(const Send& line) {
  return std::string_view(line.line).substr(0, line.line.find(' '));
}

bool is_login(std::string_view verb) {
  return verb == kGreeting || verb == "USER" || verb == "PASS";
}

bool is_own_code_of_other(std::string_view verb, int code) {
  const auto has_code = [code](const OwnCode& own) { return own.code == code; };
  const auto is_its_own = [&](const OwnCode& own) { return own.verb == verb && has_code(own); };
  return std::any_of(kOwnCodes.begin(), kOwnCodes.end(), has_code) &&
         std::none_of(kOwnCodes.begin(), kOwnCodes.end(), is_its_own);
}

/// The server has not taken the line for what it is, but says that it wants to be told the user
/// name first, or that it does not know the command.
bool has_lost_its_place(const Reply& reply) {
  const bool wants_order = reply.code >= 500 && reply.code <= 504;
  const bool wants_name = to_lower(reply.text()).find("with user") != std::string::npos;
  return wants_order || wants_name;
}

bool fits_login(std::string_view verb, const Reply& reply) {
  if (verb == kGreeting) return !reply.is_intermediate();
  if (reply.code == 220 || has_lost_its_place(reply)) return false;
  return verb != "PASS" || reply.code != 331;
}

/// Stricter than the conversations are: a doubt costs one more connection, a wrong size a file.
bool fits(std::string_view verb, const Reply& reply) {
  if (is_own_code_of_other(verb, reply.code)) return false;
  if (is_login(verb)) return fits_login(verb, reply);
  if (reply.is_transient() || reply.is_permanent()) return true;
  if (!reply.is_success()) return false;
  if (verb == "EPSV") return reply.code == 229;
  if (verb == "PASV") return reply.code == 227;
  const bool is_time = parse_mdtm(reply).has_value();
  if (verb == "MDTM") return is_time;
  if (verb == "SIZE") return parse_size(reply) && !is_time;
  return true;
}

}  // namespace

bool bears_pipelining(const Reply& greeting) {
  const std::string words = greeting.text();
  constexpr std::array<std::string_view, 3> kOneByOne = {"icrosoft FTP Service", "MadGoat",
                                                         "MikroTik"};
  return std::none_of(kOneByOne.begin(), kOneByOne.end(),
                      [&](std::string_view name) { return words.find(name) != std::string::npos; });
}

std::vector<Send> SendAhead::begin_before_greeting() {
  wire_.push_back({});
  asked_ = 0;
  passed_ = 1;
  return write_expected();
}

std::vector<Send> SendAhead::write_expected() {
  used_ = true;
  for (const Send& line : expected_) wire_.push_back({line, std::nullopt});
  return std::exchange(expected_, {});
}

std::vector<Send> SendAhead::send(const Send& line) {
  if (!expected_.empty() && expected_.front().line == line.line) {
    asked_ = wire_.size();
    passed_ = wire_.size() + 1;
    return write_expected();
  }
  const auto found = std::find_if(wire_.begin() + static_cast<std::ptrdiff_t>(passed_), wire_.end(),
                                  [&](const Line& ahead) { return ahead.sent.line == line.line; });
  const auto at = static_cast<size_t>(found - wire_.begin());
  passed_ = std::min(at + 1, wire_.size());
  asked_.reset();
  if (found == wire_.end()) return {line};
  asked_ = at;
  return {};
}

std::optional<Reply> SendAhead::on_reply(Reply reply) {
  if (!outstanding() || reply.code == 421) return reply;
  Line& oldest = wire_[answered_];
  const std::string_view verb = verb_of(oldest.sent);
  const bool at_once = asked_ == answered_ && is_login(verb);
  if (reply.is_preliminary()) return at_once ? std::optional(std::move(reply)) : std::nullopt;
  if (!fits(verb, reply)) {
    mixed_up_ = true;
    return std::nullopt;
  }
  ++answered_;
  if (at_once) {
    asked_.reset();
    return reply;
  }
  oldest.answer = std::move(reply);
  return std::nullopt;
}

std::optional<Reply> SendAhead::take_answer() {
  if (!asked_ || outstanding()) return std::nullopt;
  return std::move(wire_[*std::exchange(asked_, std::nullopt)].answer);
}

void SendAhead::forget() {
  expected_.clear();
  passed_ = wire_.size();
  asked_.reset();
}

}  // namespace ftpull::ftp
