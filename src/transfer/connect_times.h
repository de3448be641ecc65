// How long connects to one host take, and what that says of the path: a new connection has nothing
// of its own under way yet, so what it waits for beyond the shortest time is a queue that all
// connections share. Where several connects in a row wait, the bottleneck is one for all, and full:
// more connections, or others, bring nothing there, unless the queue is of others' making: then
// each would take from them, which is not what the number of connections is for. (With flows of 40
// Mbit/s on a link of 400 and 40 ms the connects take 41 to 45 ms up to the tenth, and 60 ms and
// more from the twelfth on.) Pure.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "core/time.h"

namespace ftpull::transfer {

class ConnectTimes {
 public:
  void add(Duration took, TimePoint now) {
    // A packet was lost and sent again, which takes a second: that says nothing of the queue.
    if (shortest_ && took - *shortest_ > kLost) return;
    shortest_ = std::min(took, shortest_.value_or(took));
    Connect& last = last_[newest_];
    if (now - last.at < *shortest_) {
      // What happens at one moment is one sign.
      last.took = std::min(last.took, took);
    } else {
      newest_ = (newest_ + 1) % last_.size();
      last_[newest_] = {took, now};
    }
  }

  /// Of this run: the path may be another than that of an earlier one.
  std::optional<Duration> shortest() const { return shortest_; }

  /// Each of the last connects waited in a queue, and not long ago.
  bool path_is_full(TimePoint now) const {
    if (!shortest_) return false;
    const Duration usual = *shortest_ + std::max(kLeastWait, *shortest_ / kRoundTripPart);
    return std::all_of(last_.begin(), last_.end(), [&](const Connect& connect) {
      return connect.took > usual && now - connect.at < kFresh;
    });
  }

 private:
  struct Connect {
    Duration took{};
    TimePoint at{};
  };

  /// One may be a hiccup.
  static constexpr size_t kConnects = 2;
  /// Queues come and go.
  static constexpr Duration kFresh = std::chrono::seconds(2);
  /// A busy machine takes some milliseconds itself.
  static constexpr Duration kLeastWait = std::chrono::milliseconds(10);
  static constexpr int kRoundTripPart = 4;
  static constexpr Duration kLost = std::chrono::milliseconds(900);

  std::optional<Duration> shortest_;
  std::array<Connect, kConnects> last_{};
  size_t newest_ = 0;
};

}  // namespace ftpull::transfer
