// The conversation of one transfer: the control side of fetching a file from an offset, or of a
// folder's listing.
//
//   -> EPSV  <- 229, connect  -> REST n  <- 350  -> RETR path  <- 150  (data)  <- 226
//
// DataOpening has the beginning, also in active mode. REST comes right before RETR (QUIRKS F11). A
// session that stopped a transfer early still owes the reply to it, in one of many forms or not at
// all (D1 to D10): the next Retrieve swallows it before its own 229, which is why the next EPSV
// need not wait for it.
//
// Where a server offers RANG (draft-bryan-ftp-range), "RANG n m" in place of REST makes it end the
// transfer by itself after byte m. It may overshoot (F15), so whoever counts the bytes cuts all the
// same. Where it is refused REST does.
//
// MLSD and LIST take the place of RETR for a folder. An empty folder may be a refusal (QUIRKS E10),
// a missing one a success (E11).
//
// It knows nothing of bytes: the session, which counts them, decides when a range is complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ftp/action.h"
#include "ftp/data_opening.h"
#include "ftp/facts.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

class Retrieve {
 public:
  /// The command that told the server where to begin.
  enum class Restart { none, rest, rang };

  enum class Command {
    retr,
    mlsd,  // of a folder
    list   // of the folder where the session is; its path is for messages only (see enter_folder.h)
  };

  struct Request {
    std::string path;
    Command command = Command::retr;
    uint64_t offset = 0;
    /// Ask the server to end the transfer before this byte; it must have been offered by FEAT.
    std::optional<uint64_t> rang_end = {};
    DataOpening::Request data = {};
    /// The last one on this session. It is undone for a transfer from the start: some servers keep
    /// the last offset (F9).
    Restart last_restart = Restart::none;
    /// Data connections work with this host: the transfer is asked for before the one for it is
    /// there. When that then fails the session is lost, as the answer is still to come.
    bool eager = false;
    /// MDTM goes out behind the command for the data connection, and costs no round trip. Only with
    /// a host on which that command works: when it fails the session is lost.
    bool asks_time = false;
    /// As Inspect has found out. It is not tried here: a file that is found in the wrong form would
    /// be fetched.
    Iac iac = Iac::doubled;
  };

  explicit Retrieve(Request request)
      : request_(std::move(request)),
        last_restart_(request_.last_restart),
        opening_(request_.data) {}

  Actions start();
  Actions on_reply(const Reply& reply);
  Actions on_data_connected();
  Actions on_data_refused(const Error& error);

  /// RETR has been accepted; data may flow. True as well when a server sends 226 and no 150 (E4,
  /// F7).
  bool transfer_began() const { return began_; }
  /// The reply that ended the transfer; empty while it has not come.
  const std::optional<Reply>& final_reply() const { return final_reply_; }
  /// All replies to what was said have come; the next one answers somebody else.
  bool is_over() const { return state_ == State::ended; }
  /// The session's transfer before this one has got its last reply.
  void on_settled() { opening_.on_settled(); }
  /// RETR was sent and its final reply has not come: it will, before the answer to anything else.
  bool reply_owed() const {
    const bool early = asked_ && state_ == State::opening;
    return state_ == State::retr || state_ == State::transfer || early;
  }
  const DataOpening& opening() const { return opening_; }
  /// What MDTM said; empty when it was not asked, or could not tell.
  const std::optional<Mdtm>& time() const { return time_; }
  /// The folder has nothing in it, whatever came over the data connection.
  bool is_empty_folder() const { return is_empty_folder_; }
  /// The server does not know MLSD: use LIST.
  bool mlsd_failed() const { return mlsd_failed_; }
  /// The range was refused: go on with REST from the start.
  bool rang_failed() const { return rang_failed_; }
  /// For the next Request of this session.
  Restart last_restart() const { return last_restart_; }

 private:
  enum class State { idle, opening, rang, rest, connecting, retr, transfer, ended };

  Actions enter(State state);
  Actions begin();
  Actions on_opening(Actions actions);
  bool asks_at_once() const { return request_.eager && request_.offset == 0; }
  Actions on_rang(const Reply& reply);
  Actions on_rest(const Reply& reply);
  Actions on_retr(const Reply& reply);
  Actions on_refused_retr(const Reply& reply);
  Actions on_refused_listing(const Reply& reply);
  Actions on_listed(const Reply& reply);
  Actions finish(const Reply& reply);
  Actions fail(ErrorKind kind, std::string message, const Reply& reply, bool session_lost = false);

  const Request request_;
  State state_ = State::idle;
  bool began_ = false;
  bool is_empty_folder_ = false;
  bool mlsd_failed_ = false;
  bool rang_failed_ = false;
  bool asked_ = false;         // the line that begins the transfer was sent
  bool time_pending_ = false;  // MDTM was sent, and has no answer
  std::optional<Mdtm> time_;
  Restart last_restart_;
  DataOpening opening_;
  std::optional<Reply> final_reply_;
};

}  // namespace ftpull::ftp
