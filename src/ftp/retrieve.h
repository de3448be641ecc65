// The conversation of one RETR: the control side of fetching a file from an offset.
//
//   -> EPSV  <- 229, connect  -> REST n  <- 350  -> RETR path  <- 150  (data)  <- 226
//
// EPSV falls back to PASV on the same session when it is refused (QUIRKS H6) or its port cannot be
// connected to (H7). REST comes right before RETR (F11). A session that stopped a transfer early
// still owes the reply to it, in one of many forms or not at all (D1 to D10): the next Retrieve
// swallows it before its own 229, which is why the next EPSV need not wait for it.
//
// Where a server offers RANG (draft-bryan-ftp-range), "RANG n m" in place of REST makes it end the
// transfer by itself after byte m. It may overshoot (F15), so whoever counts the bytes cuts all the
// same. Where it is refused REST does.
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
  /// The command that told the server where to begin.
  enum class Restart { none, rest, rang };

  struct Request {
    std::string path;
    uint64_t offset = 0;
    /// Ask the server to end the transfer before this byte; it must have been offered by FEAT.
    std::optional<uint64_t> rang_end = {};
    bool try_epsv = true;  // false: the host is known to refuse it or to let it hang
    bool ipv6 = false;     // PASV cannot work (H4)
    /// The last one on this session. It is undone for a transfer from the start: some servers keep
    /// the last offset (F9).
    Restart last_restart = Restart::none;
    bool reply_owed = false;  // the transfer before was stopped before its final reply came
  };

  explicit Retrieve(Request request)
      : request_(std::move(request)), last_restart_(request_.last_restart) {}

  /// What it begins with, for whoever sends ahead.
  static Send first_line(bool try_epsv) { return {try_epsv ? "EPSV" : "PASV"}; }

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
  /// The range was refused: go on with REST from the start.
  bool rang_failed() const { return rang_failed_; }
  /// For the next Request of this session.
  Restart last_restart() const { return last_restart_; }

 private:
  enum class State { idle, epsv, pasv, rang, rest, connecting, retr, transfer, ended };

  Actions enter(State state);
  Actions on_passive(const Reply& reply);
  Actions on_rang(const Reply& reply);
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
  bool rang_failed_ = false;
  Restart last_restart_;
  int owed_swallowed_ = 0;
  std::optional<Reply> final_reply_;
};

}  // namespace ftpull::ftp
