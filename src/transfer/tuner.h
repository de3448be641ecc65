// Chooses how many sessions to hold open to one host, by what they bring together. Pure: bytes,
// load and time go in, a number comes out.
//
// Nobody can know the number beforehand: where each flow is limited by itself (its window, its
// loss, the server's rate for a connection) more sessions bring more; where all share one
// bottleneck they bring nothing, or less. So it looks:
//
//   growing     opens more, as fast as the pool lets it, while that may pay: a login and a slow
//               start take so long that waiting for proof of each step would cost a short transfer
//               more than it brings. Ends when a window with 1.4 times the sessions of an earlier
//               one brought hardly more, or when connects tell that the path is full.
//   confirming  stands still for a longer window, because a short one is noisy
//   probing     tries another number, and takes it when it is worth it: a higher one for a gain, a
//               lower one when it brings the same
//   holding     stays, and probes now and then, less often each time that nothing was found, and
//               not at all when so little is left that no finding would pay
//
// A session counts for the gain only when it is ripe, that is, out of slow start; for what came
// before it counts from its first byte. So an early verdict errs towards more sessions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.h"

namespace ftpull::transfer {

class Tuner {
 public:
  /// Opened at once, before anything is known of the file.
  static constexpr int kFirst = 4;
  /// Slow start has usually reached a flow's share after so many round trips.
  static constexpr int kRipeRoundTrips = 6;

  /// Nobody asked for fewer or more.
  static constexpr int kMost = 16;

  struct Options {
    int most = kMost;
    std::optional<int> fixed{};  // this many, whatever they bring
    std::optional<int> best{};   // what an earlier run found
  };

  /// What the sessions do at this moment.
  struct Load {
    int moving = 0;  // they bring bytes
    int ripe = 0;    // of those, since kRipeRoundTrips
    /// There is work for as many as wanted(): otherwise nothing can be learned.
    bool demand = false;
    Duration round_trip{};  // zero: not known
    int lent = 0;           // sessions that somebody has, whether they move already or not
    /// See ConnectTimes.
    bool path_is_full = false;
    /// So many would bring as much as all do if each were as fast as the fastest.
    int enough = 1;
    /// What is to be fetched takes so long at the present rate, or longer.
    Duration left = Duration::max();
  };

  explicit Tuner(const Options& options);

  /// Never above it from here on; the server allows no more.
  void set_limit(int sessions) { limit_ = std::max(sessions, 1); }
  int wanted() const;
  /// How many there will be soon, as far as can be told.
  int expected() const { return state_ == State::growing && !options_.fixed ? limit_ : wanted(); }
  /// Of those, how many to open before anything is known of the file.
  int first() const { return options_.fixed.value_or(options_.best.value_or(kFirst)); }
  /// The number that this run found to be right; empty while it is looked for, and when it was
  /// given. Fewer than wanted() where the path is full, as some of those get the less there: what
  /// is under way stays as it is, but the next run begins with fewer.
  std::optional<int> found() const { return found_; }
  /// Where only their number counts, and not what they bring.
  int most_useful() const { return options_.fixed.value_or(options_.most); }
  /// As given.
  int most() const { return options_.most; }

  void add(uint64_t bytes) { bytes_ += bytes; }
  /// To be called often. Returns when it must be called again at the latest.
  TimePoint step(const Load& load, TimePoint now);

 private:
  enum class State { growing, confirming, probing, holding };
  /// A stretch of time: how many sessions, and what they brought.
  struct Window {
    double seconds = 0;
    double bytes = 0;
    double session_seconds = 0;
    int ripe = 0;  // all the time
    double rate() const { return seconds > 0 ? bytes / seconds : 0; }
    double moving() const { return seconds > 0 ? session_seconds / seconds : 0; }
    void add(const Window& other);
  };

  void begin_window(const Load& load, TimePoint now);
  void on_window(const Window& window, TimePoint now);
  void on_growing(const Window& window);
  void on_confirming(const Window& window, TimePoint now);
  void on_probing(const Window& window, TimePoint now);
  void on_holding(const Window& window, TimePoint now);
  const Window* leaner_window(double sessions) const;
  bool brings_nothing(double rate, double sessions) const;
  void confirm(int sessions);
  void probe(int sessions, TimePoint now);
  void hold(int sessions, TimePoint now);
  void end_probe(bool worth_it, TimePoint now);
  void choose_probe(TimePoint now);
  bool has_settled(TimePoint now);
  Duration window_length() const;
  Duration long_window() const;

  const Options options_;
  int limit_;
  State state_ = State::growing;
  int target_;
  std::optional<int> found_;
  Load load_;
  Duration round_trip_;

  bool in_window_ = false;
  bool demand_ = true;  // all through the window
  TimePoint window_end_{};
  TimePoint window_began_{};
  TimePoint last_step_{};
  uint64_t bytes_ = 0;
  Window window_;

  std::vector<Window> history_;  // while growing
  int flat_windows_ = 0;
  Window sum_;  // of what is being confirmed, probed or held

  int before_probe_ = 0;
  double rate_before_probe_ = 0;
  TimePoint probe_began_{};
  std::optional<TimePoint> settled_;
  bool next_probe_is_up_ = true;
  Duration hold_time_;
  TimePoint hold_until_{};
  int strange_windows_ = 0;
  int enough_ = 1;  // the most of Load::enough while it was held
};

}  // namespace ftpull::transfer
