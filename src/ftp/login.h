// The conversation from the greeting to a session that is ready for commands on files:
//
//   <- 220          -> USER  <- 331  -> PASS  <- 230  -> FEAT  <- 211  -> TYPE I  <- 200  [-> OPTS
//   UTF8 ON]
//
// Accepts what real servers do (QUIRKS B): 120 before the greeting, 230 as the greeting or straight
// after USER, any 2xx to PASS, no FEAT, any answer to OPTS. The way to TLS is left open between
// the greeting and USER: AUTH belongs there and nowhere else, before any secret is sent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ftp/action.h"
#include "ftp/features.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

struct Credentials {
  std::string user;      // empty: anonymous
  std::string password;  // used with a user; anonymous sends a fixed one (RFC 1635)
};

class Login {
 public:
  /// `features`, where given, are known already or taken for granted: FEAT is then not sent.
  /// `compress`: transfers are to be in MODE Z where FEAT offers it (QUIRKS N1).
  explicit Login(Credentials credentials, std::optional<Features> features = {},
                 bool compress = false)
      : credentials_(std::move(credentials)), known_(std::move(features)), compress_(compress) {}

  /// What it sends to most servers, for whoever sends ahead: until it is logged in, and from there
  /// on. OPTS is harmless where it is not known, and must come before a name that is not ASCII.
  static std::vector<Send> login_lines(const Credentials& credentials);
  static std::vector<Send> setup_lines(const std::optional<Features>& features);

  /// Asks for nothing before the greeting.
  Actions start() { return {}; }
  Actions on_reply(const Reply& reply);

  bool greeted() const { return state_ != State::greeting; }
  bool logged_in() const { return state_ > State::password && state_ != State::ended; }

  /// Its first line; empty while none has come.
  const std::string& greeting() const { return greeting_; }
  /// Valid after Finish.
  const Features& features() const { return features_; }
  /// The same: the server compresses what it sends.
  bool compressed() const { return compressed_; }
  /// After Fail with kind busy: the number that the server's text names as its limit.
  std::optional<int> limit() const { return limit_; }

 private:
  enum class State { greeting, user, password, features, type, utf8, mode, ended };

  Actions enter(State state);
  Actions on_greeting(const Reply& reply);
  Actions on_user(const Reply& reply);
  Actions on_password(const Reply& reply);
  Actions refused(const Reply& reply, const char* what);
  std::string words_of(const Reply& reply) const;
  bool anonymous() const { return credentials_.user.empty(); }

  const Credentials credentials_;
  const std::optional<Features> known_;
  const bool compress_;
  bool compressed_ = false;
  State state_ = State::greeting;
  std::string greeting_;
  Features features_;
  std::optional<int> limit_;
};

}  // namespace ftpull::ftp
