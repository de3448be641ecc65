// How a session comes to a data connection: what is said before the command that uses it.
//
//   passive   -> EPSV                   <- 229, connect     or -> PASV  <- 227, connect
//   active    -> EPRT |1|address|port|  <- 200              or -> PORT h1,h2,h3,h4,p1,p2  <- 200
//
// In passive mode the connection is there before the command that uses it is sent, or that command
// would hang in the server. In active mode the server connects after that command, to a socket that
// the session listens on already.
//
// The commands of RFC 2428 fall back to those of RFC 959 on the same session when they are refused
// (QUIRKS H6, H16), and EPSV also when its port cannot be connected to (H7). Not over IPv6, which
// the older ones do not know (H4), and not where the user wants just one of them: then a refusal is
// final, an error of kind usage.
//
// A part of Retrieve and List. 421 is theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ftp/action.h"
#include "ftp/owed_replies.h"
#include "ftp/refusal.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

enum class DataCommand { epsv, pasv, eprt, port };

constexpr bool is_active(DataCommand command) {
  return command == DataCommand::eprt || command == DataCommand::port;
}

class DataOpening {
 public:
  /// Where the session listens.
  struct Endpoint {
    std::string host;  // a numeric address
    uint16_t port = 0;
  };

  struct Request {
    DataCommand command = DataCommand::epsv;  // the first to try
    bool may_change = true;                   // false: and the only one
    bool ipv6 = false;
    std::optional<Endpoint> listening = {};  // for eprt and port
    /// For the transfer before.
    Owed owed = Owed::nothing;
  };

  explicit DataOpening(Request request)
      : request_(std::move(request)), command_(request_.command), owed_(request_.owed) {}

  /// What it begins with, for whoever sends ahead. Only passive commands have no argument.
  static Send passive_line(DataCommand command);

  Actions start();
  /// While is_asking().
  Actions on_reply(const Reply& reply);
  /// The final reply to the transfer before has come.
  void on_settled() { owed_ = OwedReplies(Owed::surplus); }
  void on_connected() { connected_ = true; }
  void on_refused(const Error& error) { refused_ = error; }

  /// Its own command has no answer yet.
  bool is_asking() const { return state_ == State::asking; }
  /// The server has said how: other commands may follow.
  bool is_agreed() const { return state_ == State::agreed; }
  bool has_failed() const { return state_ == State::failed; }
  /// The command that uses the connection may follow.
  bool is_ready() const { return is_agreed() && !refused_ && (is_active() || connected_); }
  /// The connection could not be made: try_again() is next, once nothing else has an answer to
  /// come.
  bool is_refused() const { return refused_.has_value(); }
  /// Asks for another one, or fails.
  Actions try_again();

  bool is_active() const { return ftp::is_active(command_); }
  /// EPSV or EPRT does not work with this host: go on with PASV or PORT from the start.
  bool extended_failed() const { return command_ != request_.command; }

 private:
  enum class State { idle, asking, agreed, failed };

  Actions ask(DataCommand command);
  OwedReplies::Kind sort(const Reply& reply);
  std::optional<Actions> agree(const Reply& reply);
  Actions on_refusal(const Reply& reply);
  Actions fail(ErrorKind kind, std::string message, const Reply& reply, bool session_lost = false);
  /// The older command, where there is one to fall back to.
  std::optional<DataCommand> older() const;

  const Request request_;
  State state_ = State::idle;
  DataCommand command_;
  bool connected_ = false;
  std::optional<Error> refused_;
  OwedReplies owed_;
};

}  // namespace ftpull::ftp
