// The rates of all flows of a path, and the bytes that they bring: a fluid, exact between the
// moments at which a rate changes.
//
// What a flow (one data connection) may bring at a moment is the least of
//   its cap, when the host throttles flows a part of it,
//   its window a round trip: kFirstWindowBytes, doubled each round trip since its first byte,
//   its sawtooth, when packets are lost: linear from 2/3 to 4/3 of loss_rate(), again and again,
//     each time over 0.5 to 1.5 of the time that TCP takes for it and scaled by 0.8 to 1.2,
// and nothing while it stalls. Of the link's rate these get their max-min fair shares. Overload
// takes a part of the link and of every flow's limit.
//
// The sawtooth moves in steps of kStep; everything else changes when it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/time.h"
#include "dice.h"
#include "path.h"

namespace ftpull::sim {

/// The grain of the simulation where it has one.
inline constexpr Duration kStep = std::chrono::milliseconds(100);

/// Divides `capacity` max-min fair: each one gets what it wants, or an even share of what those
/// leave that want less. `wanted` is what each one may get, and becomes what it gets.
void share_out(std::span<double> wanted, double capacity);

class Link {
 public:
  /// Time is counted from the begin. Without `faults` no flow stalls. The path must
  /// outlive it.
  explicit Link(const Path& path, bool faults = true);

  using Id = int;
  /// Its first byte comes at once. It ends at the latest after `most_bytes`.
  Id add(const Connection& connection, double most_bytes);
  /// From here on it brings no more than this in all.
  void set_most(Id id, double most_bytes);
  /// Nobody takes its bytes any more. What is in flight, so many seconds of its rate, comes all the
  /// same, and is wasted.
  void abandon(Id id, double seconds);

  void advance(Duration to);
  Duration now() const { return now_; }
  /// When a rate changes by itself, or a flow reaches its most bytes.
  Duration next_change() const;

  double received(Id id) const { return flow(id).received; }
  double rate(Id id) const { return flow(id).rate; }
  bool complete(Id id) const { return is_complete(flow(id)); }
  double total_rate() const;
  double total_received() const { return total_received_; }
  double wasted() const { return wasted_; }
  int flows() const { return static_cast<int>(flows_.size()); }

 private:
  struct Flow {
    Id id;
    Connection connection;
    Dice dice;
    Duration began;
    double most_bytes;
    double received = 0;
    double rate = 0;
    double window_rate;
    Duration next_doubling;
    double tooth = 0;  // where it stands, 2/3 to 4/3
    double tooth_scale = 1;
    double tooth_pace = 0;  // a second
    bool abandoned = false;
    Duration ends = Duration::max();
  };

  static bool is_complete(const Flow& flow);
  Flow& flow(Id id);
  const Flow& flow(Id id) const { return const_cast<Link&>(*this).flow(id); }
  void begin_tooth(Flow& flow);
  void move_tooth(Flow& flow);
  double limit(const Flow& flow) const;
  bool stalls(const Flow& flow) const;
  void change();
  void refresh();
  Duration own_change(const Flow& flow) const;
  void bring(Duration until);

  const Path& path_;
  const bool faults_;
  const double loss_rate_;
  Duration now_{};
  Duration next_step_ = kStep;
  Duration next_change_ = Duration::max();
  std::vector<Flow> flows_;
  std::vector<double> rates_;
  double total_received_ = 0;
  double wasted_ = 0;
  Id last_id_ = 0;
};

}  // namespace ftpull::sim
