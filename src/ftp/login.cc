#include "ftp/login.h"

#include <fmt/format.h>

#include "core/text.h"
#include "ftp/refusal.h"

namespace ftpull::ftp {
namespace {

// RFC 1635 asks for a mail address; servers that check look for an at sign.
constexpr const char* kAnonymousUser = "anonymous";
constexpr const char* kAnonymousPassword = "ftpull@";

constexpr const char* kFeatures = "FEAT";
constexpr const char* kBinary = "TYPE I";
constexpr const char* kUtf8 = "OPTS UTF8 ON";
constexpr const char* kCompressed = "MODE Z";

Send user_line(const Credentials& credentials) {
  return {command("USER", credentials.user.empty() ? kAnonymousUser : credentials.user)};
}

Send password_line(const Credentials& credentials) {
  return {command("PASS", credentials.user.empty() ? kAnonymousPassword : credentials.password),
          true};
}

}  // namespace

std::vector<Send> Login::login_lines(const Credentials& credentials) {
  return {user_line(credentials), password_line(credentials)};
}

std::vector<Send> Login::setup_lines(const std::optional<Features>& features) {
  std::vector<Send> lines;
  if (!features) lines.push_back({kFeatures});
  lines.push_back({kBinary});
  if (!features || features->utf8) lines.push_back({kUtf8});
  return lines;
}

Actions Login::on_reply(const Reply& reply) {
  if (state_ == State::ended) return {};
  // A 421 at any place means that the server is closing the connection (RFC 959 section 4.2.2).
  if (reply.code == 421) return refused(reply, "the server closed the connection");
  switch (state_) {
    case State::greeting:
      return on_greeting(reply);
    case State::user:
      return on_user(reply);
    case State::password:
      return on_password(reply);
    case State::features:
      // No FEAT is no error: what is missing is found out by trying (QUIRKS B10).
      if (reply.is_success()) features_ = Features::parse(reply);
      return enter(State::type);
    case State::type:
      if (!reply.is_success()) {
        state_ = State::ended;
        return {
            Fail{{ErrorKind::protocol, "the server refused binary transfers", words_of(reply), {}},
                 true}};
      }
      return enter(features_.utf8 ? State::utf8 : State::mode);
    case State::utf8:
      if (reply.is_preliminary()) return {};
      return enter(State::mode);  // any answer will do (QUIRKS B11)
    case State::mode:
      if (reply.is_preliminary()) return {};
      // Refused it stays as it was (N2, N8).
      compressed_ = reply.is_success();
      return enter(State::ended);
    case State::ended:
      return {};
  }
  return {};
}

Actions Login::enter(State state) {
  state_ = state;
  switch (state) {
    case State::greeting:
      return {};
    case State::user:
      return {user_line(credentials_)};
    case State::password:
      return {password_line(credentials_)};
    case State::features:
      if (!known_) return {Send{kFeatures}};
      features_ = *known_;
      return enter(State::type);
    case State::type:
      return {Send{kBinary}};
    case State::utf8:
      return {Send{kUtf8}};
    case State::mode:
      if (!compress_ || !features_.mode_z) return enter(State::ended);
      return {Send{kCompressed}};
    case State::ended:
      return {Finish{}};
  }
  return {};
}

Actions Login::on_greeting(const Reply& reply) {
  if (!reply.lines.empty()) greeting_ = reply.lines.front();
  if (reply.is_preliminary()) return {};  // 120: ready in some minutes (QUIRKS B2)
  if (reply.code == 230) return enter(State::features);
  if (reply.is_success()) return enter(State::user);
  return refused(reply, "the server does not take the connection");
}

Actions Login::on_user(const Reply& reply) {
  if (reply.is_preliminary()) return {};
  if (reply.is_success()) return enter(State::features);
  if (reply.code == 332) return refused(reply, "the server asks for an account (ACCT)");
  if (reply.is_intermediate()) return enter(State::password);
  return refused(reply, "the server refused the user name");
}

Actions Login::on_password(const Reply& reply) {
  if (reply.is_preliminary()) return {};
  if (reply.is_success()) return enter(State::features);
  if (reply.is_intermediate()) {
    return refused(reply, "the server asks for an account (ACCT)");
  }
  return refused(reply, anonymous() ? "the server refused the anonymous login"
                                    : "the server refused the user name or password");
}

/// Some servers repeat the line that they refuse. Their words are left out as a whole: with only
/// the password taken out of them, a short one could be told from the gaps.
std::string Login::words_of(const Reply& reply) const {
  std::string words = reply.text();
  const std::string password = for_display(credentials_.password);
  const bool repeated = !password.empty() && words.find(password, 3) != std::string::npos;
  return repeated ? fmt::format("{} (with the password in it)", reply.code) : words;
}

Actions Login::refused(const Reply& reply, const char* what) {
  const CommandKind command = state_ == State::greeting   ? CommandKind::greeting
                              : state_ == State::user     ? CommandKind::user
                              : state_ == State::password ? CommandKind::pass
                                                          : CommandKind::other;
  const Refusal refusal = classify_refusal(command, reply);
  state_ = State::ended;
  Error error{ErrorKind::network, what, words_of(reply), {}};
  if (refusal == Refusal::limit) {
    error.kind = ErrorKind::busy;
    error.message = "the server has too many connections or users";
    limit_ = limit_in_text(reply);
  } else if (command != CommandKind::other && reply.code != 421 && !reply.is_transient()) {
    error.kind = command == CommandKind::greeting ? ErrorKind::protocol : ErrorKind::login;
    if (refusal == Refusal::transient) error.kind = ErrorKind::network;
  }
  if (error.kind == ErrorKind::login) {
    error.hint =
        anonymous()
            ? "Give a user name with --user NAME, or in the URL: ftp://NAME@HOST/..."
            : fmt::format("Check the name \"{}\" and its password", for_display(credentials_.user));
  }
  return {Fail{std::move(error), true}};
}

}  // namespace ftpull::ftp
