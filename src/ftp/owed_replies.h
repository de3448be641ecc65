// What a server may still send for the transfer before, until it answers the next command: sorts it
// from that answer.
//
// After a transfer that was stopped early its final reply is owed, in one of many forms or not at
// all (QUIRKS D1 to D10). After any other, and after that reply, there may be one too many: a 226
// behind a 426 or another 226 (D9, A11).
//
// Two servers answer while they have not seen the stop, and do nothing else: ProFTPD 1.3.8 with
// "450 EPSV: data transfer in progress", Pure-FTPd 1.0.50 with "500 Unknown command" (QUIRKS J5).
// The reply to the transfer comes after that, with any code, and then the command must be sent
// again. The command that follows a transfer is one that the session has obeyed before, so a 500
// means this too.
#pragma once

#include "core/text.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

enum class Owed {
  nothing,     // no transfer before
  surplus,     // its final reply has come, and one more may
  final_reply  // it has not
};

class OwedReplies {
 public:
  enum class Kind { answer, owed, ask_again };

  explicit OwedReplies(Owed owed) : owed_(owed) {}

  /// `may_answer`: by its code it may be the answer to the command. ask_again: what was owed has
  /// come, and the command was not obeyed.
  Kind sort(const Reply& reply, bool may_answer) {
    if (owed_ == Owed::nothing || reply.code == 421) return Kind::answer;
    if (owed_ == Owed::surplus) {
      const bool is_surplus = !may_answer && ends_transfer(reply) && swallowed_ < kMostOwed;
      swallowed_ += is_surplus ? 1 : 0;
      return is_surplus ? Kind::owed : Kind::answer;
    }
    if (too_early_) {
      too_early_ = false;
      ++swallowed_;
      return Kind::ask_again;
    }
    if (swallowed_ == 0 && refuses_mid_transfer(reply)) {
      too_early_ = true;
      return Kind::owed;
    }
    if (may_answer || swallowed_ == kMostOwed) return Kind::answer;
    ++swallowed_;
    return Kind::owed;
  }

  /// It was not obeyed because a transfer is under way.
  static bool refuses_mid_transfer(const Reply& reply) {
    return reply.code == 500 ||
           (reply.code == 450 && contains_ignoring_case(reply.text(), "transfer in progress"));
  }

  /// It tells of a transfer's end, and answers nothing else.
  static bool ends_transfer(const Reply& reply) {
    return reply.code == 225 || reply.code == 226 || reply.code == 426;
  }

  /// Tells how the next data connection is to be made; no transfer ends so.
  static bool agrees_on_data(const Reply& reply) {
    return reply.code == 200 || reply.code == 227 || reply.code == 229;
  }

 private:
  /// 150, 426 and then 226 is the most that any known server sends (QUIRKS D3 to D6, D9).
  static constexpr int kMostOwed = 3;

  Owed owed_;
  bool too_early_ = false;
  int swallowed_ = 0;
};

}  // namespace ftpull::ftp
