// What to do when a range's transfer has failed. Pure: the facts in, one verdict out.
#pragma once

#include "ftpull/error.h"

namespace ftpull::transfer {

/// What has been learned of the server's way with REST.
enum class Offsets {
  trusted,  // as far as is known they are honoured: many sessions
  doubted,  // one began in the wrong place: one session, on from what is proven
  useless   // refused, or wrong again: one session, only whole transfers
};

struct RangeFailure {
  ErrorKind kind = ErrorKind::network;
  int failures = 1;            // of this range, in a row without progress, this one included
  bool session_proven = true;  // the session has brought bytes before, of any range
  int others_able = 0;         // other sessions that fetch, or could because they have before
  bool file_is_known = false;  // bytes of it have come, in this run or an earlier one
  Offsets offsets = Offsets::trusted;
  bool offsets_have_worked = false;  // bytes have come from an offset
};

enum class Verdict {
  give_up,
  refuse_offsets,   // the server does not start at offsets: one session, from the start
  try_again,        // the range waits, and counts as failed
  try_elsewhere,    // the session is at fault: another one takes the range at once
  fewer_transfers,  // one more than the server gives: as try_elsewhere, and fewer from here on
};

Error wrong_offset();
/// The same after so many attempts, with what to do.
Error after_attempts(Error error, int attempts);

Verdict judge(const RangeFailure& failure, int retries);

}  // namespace ftpull::transfer
