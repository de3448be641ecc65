#include "transfer/tuner.h"

#include <cmath>

namespace ftpull::transfer {
namespace {

/// Opened without proof that more bring more: with the pool's pace it takes half a second, about
/// the time that a first measurement needs.
constexpr int kFreely = 8;

/// Two windows can be compared when one has this many times the sessions of the other.
constexpr double kComparable = 1.4;
/// Sessions are worth having when they bring at least this share of what they would if each were
/// limited by itself.
constexpr double kWorthShare = 0.3;
/// Fewer sessions do as well when they bring this share of the rate: the rest is noise.
constexpr double kAsGood = 0.98;
/// A probe that brings less than this share is ended at its first window.
constexpr double kClearlyWorse = 0.85;
/// One window may be a hiccup.
constexpr int kFlatWindows = 2;

/// How much less a probe tries when nothing is known, and when the path is full or after a success.
constexpr double kCarefulShare = 0.8;
constexpr double kBoldShare = 0.6;
constexpr double kGrowth = 1.5;

constexpr Duration kShortestWindow = std::chrono::milliseconds(100);
constexpr Duration kLongestWindow = std::chrono::seconds(1);
constexpr int kWindowRoundTrips = 4;
constexpr Duration kShortestLongWindow = std::chrono::milliseconds(400);
constexpr int kLongWindowRoundTrips = 10;
constexpr int kSettleRoundTrips = 6;
/// Until as many sessions move as a probe wants; else the server is too slow for it.
constexpr Duration kProbePatience = std::chrono::seconds(5);

/// A probe costs some tenths of a second's work in any case; what it may find saves some per cent
/// of what is left.
constexpr Duration kWorthProbing = std::chrono::seconds(8);

/// A probe for fewer costs a few per cent of a second or two; so often that is no matter.
constexpr Duration kFirstHold = std::chrono::seconds(5);
constexpr Duration kLongestHold = std::chrono::seconds(80);
/// On a path that was full with the first ones fewer will most likely do.
constexpr Duration kFullHold = std::chrono::seconds(1);
/// So many windows in a row unlike those before: the path has changed.
constexpr int kStrangeWindows = 6;
constexpr double kStrange = 0.35;
/// What they are compared with.
constexpr double kUsualSeconds = 2;
constexpr size_t kMostHistory = 128;

}  // namespace

void Tuner::Window::add(const Window& other) {
  ripe = seconds > 0 ? std::min(ripe, other.ripe) : other.ripe;
  seconds += other.seconds;
  bytes += other.bytes;
  session_seconds += other.session_seconds;
}

Tuner::Tuner(const Options& options)
    : options_(options),
      limit_(std::max(options.most, 1)),
      target_(options.fixed.value_or(options.best.value_or(kFirst))),
      round_trip_(std::chrono::milliseconds(1)),
      hold_time_(kFirstHold) {
  if (options.best) state_ = State::holding;
}

int Tuner::wanted() const {
  if (state_ != State::growing || options_.fixed) return std::min(target_, limit_);
  return std::min(std::max(kFreely, 2 * load_.moving), limit_);
}

Duration Tuner::window_length() const {
  return std::clamp(kWindowRoundTrips * round_trip_, kShortestWindow, kLongestWindow);
}

Duration Tuner::long_window() const {
  return std::max(kLongWindowRoundTrips * round_trip_, kShortestLongWindow);
}

TimePoint Tuner::step(const Load& load, TimePoint now) {
  if (options_.fixed) return kNever;
  if (load.round_trip > Duration(0)) round_trip_ = load.round_trip;
  if (!in_window_ || load.moving == 0) {
    begin_window(load, now);
    return kNever;
  }
  window_.session_seconds += to_seconds(now - last_step_) * load_.moving;
  last_step_ = now;
  load_ = load;
  if (state_ == State::growing && load.path_is_full) {
    confirm(std::max({load.lent, load.moving, kFirst}));
  };
  demand_ = demand_ && load.demand;
  if (now < window_end_) return window_end_;
  window_.seconds = to_seconds(now - window_began_);
  window_.bytes = static_cast<double>(bytes_);
  if (demand_) {
    if (state_ == State::holding && hold_until_ == TimePoint{}) hold_until_ = now + hold_time_;
    on_window(window_, now);
  } else if (state_ == State::probing) {
    hold(before_probe_, now);
  }
  begin_window(load, now);
  return window_end_;
}

void Tuner::begin_window(const Load& load, TimePoint now) {
  load_ = load;
  in_window_ = load.moving > 0;
  demand_ = load.demand;
  bytes_ = 0;
  window_ = {};
  window_.ripe = load.ripe;
  window_began_ = last_step_ = now;
  window_end_ = now + window_length();
}

void Tuner::on_window(const Window& window, TimePoint now) {
  switch (state_) {
    case State::growing:
      on_growing(window);
      return;
    case State::confirming:
      on_confirming(window, now);
      return;
    case State::probing:
      on_probing(window, now);
      return;
    case State::holding:
      on_holding(window, now);
      return;
  }
}

/// The best that was seen with so much fewer sessions that it can be compared.
const Tuner::Window* Tuner::leaner_window(double sessions) const {
  const Window* best = nullptr;
  for (const Window& window : history_) {
    if (window.moving() * kComparable > sessions) continue;
    if (best == nullptr || window.rate() > best->rate()) best = &window;
  }
  return best;
}

bool Tuner::brings_nothing(double rate, double sessions) const {
  const Window* const leaner = leaner_window(sessions);
  if (leaner == nullptr) return false;
  const double more = sessions / leaner->moving() - 1;
  return rate < leaner->rate() * (1 + kWorthShare * more);
}

void Tuner::on_growing(const Window& window) {
  const bool flat = brings_nothing(window.rate(), window.ripe);
  flat_windows_ = flat ? flat_windows_ + 1 : 0;
  if (history_.size() < kMostHistory) history_.push_back(window);
  if (flat_windows_ >= kFlatWindows) {
    confirm(load_.moving);
  } else if (!flat && window.ripe >= limit_) {
    confirm(limit_);
  }
}

void Tuner::confirm(int sessions) {
  state_ = State::confirming;
  target_ = sessions;
  sum_ = {};
}

void Tuner::on_confirming(const Window& window, TimePoint now) {
  sum_.add(window);
  if (from_seconds(sum_.seconds) < long_window()) return;
  if (!brings_nothing(sum_.rate(), sum_.moving())) {
    flat_windows_ = 0;
    state_ = State::growing;
    if (target_ >= limit_ || load_.path_is_full) hold(target_, now);
    if (load_.path_is_full) {
      next_probe_is_up_ = false;
      hold_until_ = now + kFullHold;
    }
    return;
  }
  const double enough = std::ceil(leaner_window(sum_.moving())->moving());
  probe(std::min(static_cast<int>(enough), target_ - 1), now);
}

/// `sum_` holds what the present number brings.
void Tuner::probe(int sessions, TimePoint now) {
  before_probe_ = target_;
  rate_before_probe_ = sum_.rate();
  state_ = State::probing;
  target_ = std::clamp(sessions, 1, limit_);
  sum_ = {};
  probe_began_ = now;
  settled_.reset();
}

bool Tuner::has_settled(TimePoint now) {
  const bool there =
      target_ < before_probe_ ? load_.moving <= target_ : load_.moving >= std::min(target_, limit_);
  if (!there) settled_.reset();
  if (there && !settled_) settled_ = now;
  return settled_ && now - *settled_ >= kSettleRoundTrips * round_trip_ + window_length();
}

void Tuner::on_probing(const Window& window, TimePoint now) {
  if (!has_settled(now)) {
    if (now - probe_began_ > kProbePatience + 2 * long_window()) end_probe(false, now);
    return;
  }
  sum_.add(window);
  const bool lower = target_ < before_probe_;
  if (lower && window.rate() < kClearlyWorse * rate_before_probe_) {
    end_probe(false, now);
    return;
  }
  if (from_seconds(sum_.seconds) < long_window()) return;
  const double more = static_cast<double>(target_) / before_probe_ - 1;
  end_probe(sum_.rate() >= rate_before_probe_ * (lower ? kAsGood : 1 + kWorthShare * more), now);
}

void Tuner::end_probe(bool worth_it, TimePoint now) {
  if (!worth_it) {
    hold_time_ = std::min(2 * hold_time_, kLongestHold);
    hold(before_probe_, now);
    return;
  }
  hold_time_ = kFirstHold;
  const bool lower = target_ < before_probe_;
  const int next = lower ? static_cast<int>(target_ * kBoldShare)
                         : static_cast<int>(std::ceil(target_ * kGrowth));
  const bool can = lower ? target_ > 1 : target_ < limit_;
  if (can) {
    // A lower number is measured against what was there before all of it, so that small losses do
    // not add up.
    const double reference = lower ? rate_before_probe_ : sum_.rate();
    probe(next, now);
    rate_before_probe_ = reference;
  } else {
    hold(target_, now);
  }
}

void Tuner::hold(int sessions, TimePoint now) {
  state_ = State::holding;
  target_ = sessions;
  found_ = sessions;
  enough_ = 1;
  sum_ = {};
  strange_windows_ = 0;
  hold_until_ = now + hold_time_;
}

void Tuner::on_holding(const Window& window, TimePoint now) {
  // Slow start is not what the number brings.
  if (sum_.seconds <= 0 && 2 * window.ripe < target_) return;
  const bool strange =
      sum_.seconds > kUsualSeconds && std::abs(window.rate() / sum_.rate() - 1) > kStrange;
  strange_windows_ = strange ? strange_windows_ + 1 : 0;
  if (strange_windows_ >= kStrangeWindows) {
    // What was found holds no more: measure anew, and look around soon.
    hold_time_ = kFirstHold;
    hold(target_, now);
    hold_until_ = now + 2 * long_window();
    return;
  }
  sum_.add(window);
  if (load_.path_is_full && window.ripe >= target_) {
    // The rate of a moment may be too high.
    enough_ = std::max(enough_, load_.enough);
    if (from_seconds(sum_.seconds) >= long_window()) found_ = std::min(target_, enough_);
  }
  if (now >= hold_until_ && from_seconds(sum_.seconds) >= long_window()) choose_probe(now);
}

void Tuner::choose_probe(TimePoint now) {
  if (load_.left < kWorthProbing) return;
  const bool up = target_ < limit_ && (next_probe_is_up_ || target_ == 1);
  next_probe_is_up_ = !up;
  if (!up && target_ == 1) {
    hold(target_, now);
    return;
  }
  const double share = load_.path_is_full ? kBoldShare : kCarefulShare;
  probe(up ? static_cast<int>(std::ceil(target_ * kGrowth))
           : std::min(static_cast<int>(target_ * share), target_ - 1),
        now);
}

}  // namespace ftpull::transfer
