// What can be taken from sessions that are slow, so that all of them finish together. Looks at what
// each one does and brings; carries out nothing but the move of a range's end.
//
// An idle session takes a part of the range that would finish last (split), or, where that is too
// small to be split, all that is left of it (hand-over): the slow one ends where it stands, and the
// other goes on from there. Fetching the rest twice and taking what comes first would bring the
// same a moment earlier, at the price of bytes that are received in vain and of two writers on one
// segment; a hand-over can be handed over again.
//
// A data connection that brings far less than the others is worth a new one (renewal): where paths
// or servers are shared out by connection, the next one may have another share. Not where the path
// is full: there it would only have to find its share anew.
#pragma once

#include <optional>

#include "core/range.h"
#include "core/time.h"
#include "transfer/worker.h"

namespace ftpull::transfer {

/// A part of the range that would finish last, for an idle session, which is one of `joining` that
/// are or will be without work. `opening` is the time from asking for a range to its first byte.
struct Part {
  Workers::iterator victim;
  uint64_t at = 0;
};
std::optional<Part> find_part(Workers& workers, int joining, Duration opening,
                              uint64_t segment_bytes, TimePoint now);

/// The worker's range ends at `at`. What it gives away.
Range split(Workers::value_type& victim, uint64_t at);

/// Ends the worker's range soon: where what is under way to it has come, on the next segment
/// boundary, and what lies behind is given away; or, when there is none before its end, by cut().
std::optional<Range> wind_up(Workers::value_type& victim, Duration opening, uint64_t segment_bytes,
                             TimePoint now);

/// One whose range was to end soon and that stands still ends where it is.
void cut_stalled(Workers& workers, Duration opening, TimePoint now);

/// Another session would bring the rest of its range sooner, whatever it brings. Who has not begun
/// is given up for one other session only: the server may need long to begin.
bool stands_still(const Worker& worker, Duration opening, TimePoint now);

/// The fetching worker, if any, the rest of whose range an idle session would bring in less than
/// half the time, and any that stands still. `ended_rate` is that of ranges that have ended, for
/// when no other worker is left to compare with; 0: none has.
Workers::iterator find_hand_over(Workers& workers, Duration opening, double ended_rate,
                                 TimePoint now);

/// Until the worker has all of its range.
double left_seconds(const Session& session, const Worker& worker, TimePoint now);

/// The one that brings least, of those that can be cut.
Workers::iterator find_slowest(Workers& workers, TimePoint now);

/// Knows whether renewals help on this path.
class Renewals {
 public:
  /// A worker whose data connection is worth a new one.
  Workers::iterator find(Workers& workers, Duration opening, TimePoint now);
  /// The worker is given one.
  void begin(Worker& worker, TimePoint now);

 private:
  void judge(Workers& workers, Duration opening, TimePoint now);

  int helped_ = 0;
  int futile_ = 0;
};

}  // namespace ftpull::transfer
