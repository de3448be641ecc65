#include "link.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace ftpull::sim {
namespace {

constexpr double kToothLow = 2.0 / 3;
constexpr double kToothHigh = 4.0 / 3;
/// Less than this is a rounding error.
constexpr double kByteFraction = 0.01;

Duration later(Duration now, double seconds) {
  constexpr double kFar = 1e6;
  // Rounded up: what is to be there must be there.
  return now + from_seconds(std::min(seconds, kFar)) + Duration(1);
}

}  // namespace

void share_out(std::span<double> wanted, double capacity) {
  std::vector<double*> open;
  open.reserve(wanted.size());
  for (double& one : wanted) open.push_back(&one);
  std::sort(open.begin(), open.end(), [](const double* a, const double* b) { return *a < *b; });
  double left = capacity;
  auto count = static_cast<double>(open.size());
  for (double* one : open) {
    *one = std::min(*one, left / count);
    left -= *one;
    --count;
  }
}

Link::Link(const Path& path, bool faults)
    : path_(path), faults_(faults), loss_rate_(loss_rate(path)) {
  refresh();
}

Link::Id Link::add(const Connection& connection, double most_bytes) {
  const double first_rate = kFirstWindowBytes / to_seconds(path_.round_trip);
  flows_.push_back({.id = ++last_id_,
                    .connection = connection,
                    .dice = Dice(connection.seed),
                    .began = now_,
                    .most_bytes = most_bytes,
                    .window_rate = first_rate,
                    .next_doubling = now_ + path_.round_trip});
  begin_tooth(flows_.back());
  flows_.back().tooth = flows_.back().dice.even(kToothLow, kToothHigh);
  refresh();
  return last_id_;
}

void Link::set_most(Id id, double most_bytes) {
  flow(id).most_bytes = most_bytes;
  refresh();
}

void Link::abandon(Id id, double seconds) {
  Flow& its = flow(id);
  its.abandoned = true;
  its.ends = now_ + from_seconds(seconds);
  std::erase_if(flows_, [&](const Flow& one) { return one.abandoned && one.ends <= now_; });
  refresh();
}

Link::Flow& Link::flow(Id id) {
  const auto found =
      std::find_if(flows_.begin(), flows_.end(), [&](const Flow& one) { return one.id == id; });
  assert(found != flows_.end());
  return *found;
}

bool Link::is_complete(const Flow& flow) {
  return flow.received >= flow.most_bytes - kByteFraction;
}

/// TCP adds a packet each round trip, and halves its window when one is lost: from 2/3 to 4/3 of
/// the mean it takes as many round trips as that has packets, times 2/3.
void Link::begin_tooth(Flow& flow) {
  if (loss_rate_ == kUnlimited) return;
  const double round_trip = to_seconds(path_.round_trip);
  const double packets = loss_rate_ * round_trip / kPacketBytes;
  const double usual =
      std::max((kToothHigh - kToothLow) * packets * round_trip, 2 * to_seconds(kStep));
  flow.tooth = kToothLow;
  flow.tooth_scale = flow.dice.even(0.8, 1.2);
  flow.tooth_pace = (kToothHigh - kToothLow) / (usual * flow.dice.even(0.5, 1.5));
}

void Link::move_tooth(Flow& flow) {
  if (loss_rate_ == kUnlimited) return;
  flow.tooth += flow.tooth_pace * to_seconds(kStep);
  if (flow.tooth > kToothHigh) begin_tooth(flow);
}

bool Link::stalls(const Flow& flow) const {
  const auto& stall = flow.connection.stall;
  if (!faults_ || !stall) return false;
  const Duration age = now_ - flow.began;
  return age >= stall->after && (!stall->lasts || age < stall->after + *stall->lasts);
}

double Link::limit(const Flow& flow) const {
  if (is_complete(flow) || stalls(flow)) return 0;
  double most = std::min(flow.connection.rate, flow.window_rate);
  const bool throttled = path_.throttle && !path_.throttle->total && now_ >= path_.throttle->from;
  if (throttled) most = std::min(most, flow.connection.rate * path_.throttle->factor);
  if (loss_rate_ == kUnlimited) return most;
  return std::min(most, loss_rate_ * flow.tooth * flow.tooth_scale);
}

/// When one of the flow's limits changes.
Duration Link::own_change(const Flow& flow) const {
  Duration next = flow.ends;
  if (flow.window_rate < path_.link_rate) next = std::min(next, flow.next_doubling);
  if (const auto& stall = flow.connection.stall; faults_ && stall) {
    const Duration begins = flow.began + stall->after;
    if (begins > now_) next = std::min(next, begins);
    if (stall->lasts && begins + *stall->lasts > now_) {
      next = std::min(next, begins + *stall->lasts);
    }
  }
  return next;
}

void Link::refresh() {
  double capacity = path_.link_rate;
  if (path_.throttle && path_.throttle->total && now_ >= path_.throttle->from) {
    capacity *= path_.throttle->factor;
  }
  double overload = 1;
  if (path_.overload_from && flows() > *path_.overload_from) {
    overload = std::max(0.0, 1 - Path::kOverloadLoss * (flows() - *path_.overload_from));
  }
  rates_.clear();
  next_change_ = loss_rate_ == kUnlimited ? Duration::max() : next_step_;
  if (path_.throttle && path_.throttle->from > now_) {
    next_change_ = std::min(next_change_, path_.throttle->from);
  }
  for (const Flow& flow : flows_) {
    rates_.push_back(limit(flow) * overload);
    next_change_ = std::min(next_change_, own_change(flow));
  }
  share_out(rates_, capacity * overload);
  for (size_t i = 0; i < flows_.size(); ++i) flows_[i].rate = rates_[i];
}

Duration Link::next_change() const {
  Duration next = next_change_;
  for (const Flow& flow : flows_) {
    if (flow.rate <= 0) continue;
    next = std::min(next, later(now_, (flow.most_bytes - flow.received) / flow.rate));
  }
  return next;
}

void Link::bring(Duration until) {
  const double seconds = to_seconds(until - now_);
  for (Flow& flow : flows_) {
    const double bytes = std::min(flow.rate * seconds, flow.most_bytes - flow.received);
    flow.received += bytes;
    (flow.abandoned ? wasted_ : total_received_) += bytes;
  }
  now_ = until;
}

void Link::advance(Duration to) {
  while (now_ < to) {
    const Duration next = next_change();
    bring(std::min(to, next));
    if (now_ < next) return;
    change();
  }
}

void Link::change() {
  const bool step = loss_rate_ != kUnlimited && now_ >= next_step_;
  if (step) next_step_ += kStep;
  for (Flow& flow : flows_) {
    if (step) move_tooth(flow);
    while (flow.next_doubling <= now_ && flow.window_rate < path_.link_rate) {
      flow.window_rate *= 2;
      flow.next_doubling += path_.round_trip;
    }
  }
  std::erase_if(flows_, [&](const Flow& one) {
    return one.abandoned && (one.ends <= now_ || is_complete(one));
  });
  refresh();
}

double Link::total_rate() const {
  double total = 0;
  for (const Flow& flow : flows_) total += flow.abandoned ? 0 : flow.rate;
  return total;
}

}  // namespace ftpull::sim
