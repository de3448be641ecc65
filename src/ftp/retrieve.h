// The conversation of one RETR: the control side of fetching a file from an offset.
//
//   -> EPSV  <- 229, connect  -> REST n  <- 350  -> RETR path  <- 150  (data)  <- 226
//
// EPSV falls back to PASV on the same session when it is refused (QUIRKS H6) or its port cannot be
// connected to (H7). REST comes right before RETR (F11). A session that stopped a transfer early
// still owes the reply to it, in one of many forms or not at all (D1 to D10): the next Retrieve
// swallows it before its own 229, which is why the next EPSV need not wait for it.
//
// It knows nothing of bytes: the session, which counts them, decides when a range is complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ftp/action.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

class Retrieve {
 public:
  struct Request {
    std::string path;
    uint64_t offset = 0;
    bool try_epsv = true;        // false: the host is known to refuse it or to let it hang
    bool ipv6 = false;           // PASV cannot work (H4)
    bool rest_was_sent = false;  // send REST 0 as well: some servers keep the last offset (F9)
    bool reply_owed = false;     // the transfer before was stopped before its final reply came
  };

  explicit Retrieve(Request request) : request_(std::move(request)) {}

  Actions start();
  Actions on_reply(const Reply& reply);
  Actions on_data_connected();
  Actions on_data_refused(const Error& error);

  /// RETR has been accepted; data may flow. True as well when a server sends 226 and no 150 (E4,
  /// F7).
  bool transfer_began() const { return began_; }
  /// The reply that ended the transfer; empty while it has not come.
  const std::optional<Reply>& final_reply() const { return final_reply_; }
  /// RETR was sent and its final reply has not come: it will, before the answer to anything else.
  bool reply_owed() const { return state_ == State::retr || state_ == State::transfer; }
  /// EPSV does not work with this host: go on with PASV from the start.
  bool epsv_failed() const { return epsv_failed_; }
  bool sent_rest() const { return sent_rest_; }

 private:
  enum class State { idle, epsv, pasv, rest, connecting, retr, transfer, ended };

  Actions enter(State state);
  Actions on_passive(const Reply& reply);
  Actions on_rest(const Reply& reply);
  Actions on_retr(const Reply& reply);
  Actions give_up_connecting();
  Actions fail(ErrorKind kind, std::string message, const Reply& reply, bool session_lost = false);
  bool swallow_owed(const Reply& reply);

  const Request request_;
  State state_ = State::idle;
  bool connected_ = false;
  std::optional<Error> refused_;  // the data connection could not be made
  bool began_ = false;
  bool epsv_failed_ = false;
  bool sent_rest_ = false;
  int owed_swallowed_ = 0;
  std::optional<Reply> final_reply_;
};

}  // namespace ftpull::ftp
