#include "transfer/failure_policy.h"

#include <algorithm>

#include "core/backoff.h"

namespace ftpull::transfer {
namespace {

bool is_hopeless(const RangeFailure& failure) {
  switch (failure.kind) {
    case ErrorKind::not_found:
      // After bytes of it have come the file exists: one machine, or one moment, says otherwise
      // (QUIRKS O7, O8). While others are at it, they may tell.
      return !failure.file_is_known && failure.others_able == 0;
    case ErrorKind::busy:
    case ErrorKind::corrupt:
    case ErrorKind::login:
    case ErrorKind::network:
    case ErrorKind::no_restart:
    case ErrorKind::protocol:
      return false;
    case ErrorKind::changed:
    case ErrorKind::disk:
    case ErrorKind::interrupted:
    case ErrorKind::some_failed:
    case ErrorKind::tls:
    case ErrorKind::usage:
      return true;
  }
  return true;
}

}  // namespace

Error wrong_offset() {
  return {
      ErrorKind::no_restart, "the server does not send from the offset it was asked for", {}, {}};
}

Error after_attempts(Error error, int attempts) {
  error.message += gave_up_after(attempts);
  error.hint = "What is here is kept: run the same command again to go on";
  return error;
}

Verdict judge(const RangeFailure& failure, int retries) {
  if (is_hopeless(failure)) return Verdict::give_up;
  // Where offsets have worked, a refused one means that the file is shorter than it was.
  if (failure.kind == ErrorKind::no_restart && !failure.offsets_have_worked &&
      failure.offsets != Offsets::useless) {
    return Verdict::refuse_offsets;
  }
  const bool others = failure.others_able > 0;
  if (failure.kind == ErrorKind::busy && others) return Verdict::fewer_transfers;
  if (!failure.session_proven && others) return Verdict::try_elsewhere;
  // A server that calls a short file complete will do so again.
  const int allowed = failure.kind == ErrorKind::corrupt ? std::min(retries, 1) : retries;
  return failure.failures > allowed && !others ? Verdict::give_up : Verdict::try_again;
}

}  // namespace ftpull::transfer
