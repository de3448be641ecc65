// What no program can do better on a path, computed and not guessed.
//
// With n sessions, held from the begin, the bytes that are there at the time T are
//
//   bytes(n, T) = sum over i = 1..n of  integral from first(i) to T of  rate(i, n, t) dt
//   first(i)    = paced(i) + (open round trips + kFetchRoundTrips) * round trip
//   paced(i)    = 0 for the first kConnectsAtOnce, then kConnectInterval more for each
//
// where rate() is that of Link: the same shares, slow starts, teeth, throttling and overload that
// the download meets, and the same data connections, for the n-th of a seed is the same in every
// run. Splitting is perfect: no session ever waits, ends early or asks twice. The file's facts come
// together with the first login, the check at the end and the disk cost nothing, and there are no
// faults. The link does not know which flow's bytes are which, so nothing else is optimised.
//
// Where flows are uneven the first draws count, good or bad, and are kept for the whole download. A
// program that asks for another range draws anew: it may lose a good one, and be slower than it
// could help, or be rid of a bad one, and be faster than this.
//
// A file of size max over n of bytes(n, T), n not above what the server allows, takes T at least,
// and T exactly with the n that gives the maximum. So the time is chosen and the size follows.
#pragma once

#include <cstdint>

#include "core/time.h"
#include "path.h"

namespace ftpull::sim {

/// From asking for a range to its first byte: EPSV, the connect, RETR. The passive port of the next
/// range of a session is asked for together with what ends the last one.
inline constexpr int kFetchRoundTrips = 3;
inline constexpr int kNextFetchRoundTrips = 2;

inline constexpr int kConnectsAtOnce = 4;
inline constexpr Duration kConnectInterval = std::chrono::milliseconds(100);

struct Optimum {
  int sessions = 1;
  uint64_t size_bytes = 0;
  Duration takes{};
};

double bytes_after(const Path& path, int sessions, Duration time);

/// Of the fewest sessions that bring (but for a thousandth) the most in path.target.
Optimum find_optimum(const Path& path);

}  // namespace ftpull::sim
