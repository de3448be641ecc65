// How many sessions a server allows, as far as it has shown (QUIRKS C). Pure: no clock.
//
// What it refuses lowers the number at once. That may have been due to others from the same
// address, or to a server that was full, so from time to time one session more is tried (C10). If
// that is refused nothing is lost but one connection, and the time begins anew.
#pragma once

#include <algorithm>
#include <optional>

#include "core/time.h"

namespace ftpull::transfer {

class ServerCap {
 public:
  /// Twice as long as NCEP asks clients to stay away that were refused (QUIRKS C11).
  static constexpr Duration kTryAgain = std::chrono::minutes(10);

  /// `most` are wanted at most. `known` were allowed `age` before the first call of next_try().
  ServerCap(int most, std::optional<int> known, Duration age)
      : most_(most), sessions_(std::clamp(known.value_or(most), 1, most)), age_(age) {}

  int sessions() const { return sessions_; }
  /// Without one that is being tried. Empty: no limit was met.
  std::optional<int> learned() const {
    return is_limit_ ? std::optional(trying_ ? sessions_ - 1 : sessions_) : std::nullopt;
  }
  /// It was found, or found again, since this was made.
  bool is_fresh() const { return is_fresh_; }

  /// The server takes no more than these.
  void lower(int sessions) {
    sessions_ = std::clamp(sessions, 1, sessions_);
    is_limit_ = is_limit_ || sessions_ < most_;
    is_fresh_ = true;
    trying_ = false;
    age_ = {};
    since_.reset();
  }

  /// When one more may be tried; kNever: there is no reason to.
  TimePoint next_try(TimePoint now) {
    if (!since_) since_ = now - age_;
    return is_limit_ && !trying_ && sessions_ < most_ ? *since_ + kTryAgain : kNever;
  }
  void try_one_more(TimePoint now) {
    ++sessions_;
    trying_ = true;
    since_ = now;
  }
  /// So many sessions are open, and the last one has brought bytes.
  void on_proven(int open) {
    if (!trying_ || open < sessions_) return;
    trying_ = false;
    is_fresh_ = true;
  }
  /// One could not be opened, for whatever reason.
  void on_open_failed() {
    if (trying_) lower(sessions_ - 1);
  }

 private:
  const int most_;
  int sessions_;
  bool is_limit_ = sessions_ < most_;
  bool is_fresh_ = false;
  bool trying_ = false;
  Duration age_;
  std::optional<TimePoint> since_{};
};

}  // namespace ftpull::transfer
