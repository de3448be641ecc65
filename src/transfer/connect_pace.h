// How fast new connections to one host may be made: some at once, then one each interval. Servers
// and firewalls count connects as well as connections (QUIRKS C), and take a burst for an attack.
#pragma once

#include <algorithm>

#include "core/time.h"

namespace ftpull::transfer {

class ConnectPace {
 public:
  static constexpr Duration kInterval = std::chrono::milliseconds(100);
  static constexpr int kAtOnce = 4;

  /// `at_once` connections may be made without waiting; interval 0: any number.
  explicit ConnectPace(Duration interval = kInterval, int at_once = kAtOnce)
      : interval_(interval), credit_(interval * (std::max(at_once, 1) - 1)) {}

  /// When the next one may be made.
  TimePoint ready_at() const { return next_ - credit_; }
  bool ready(TimePoint now) const { return now >= ready_at(); }
  /// One is made.
  void take(TimePoint now) { next_ = std::max(next_, now) + interval_; }

 private:
  Duration interval_;
  Duration credit_;
  TimePoint next_{};  // when it would be if they had always come one by one
};

}  // namespace ftpull::transfer
