// The crash tests' dice for quantities that are real numbers.
#pragma once

#include <cmath>

#include "core/time.h"
#include "crash/dice.h"

namespace ftpull::sim {

class Dice : public crash::Dice {
 public:
  using crash::Dice::Dice;

  /// 0 to 1, without 1.
  double unit() {
    constexpr int kMantissaBits = 53;
    return std::ldexp(static_cast<double>(next() >> (64 - kMantissaBits)), -kMantissaBits);
  }
  double even(double least, double most) { return least + unit() * (most - least); }
  /// As likely between 1 and 2 as between 10 and 20.
  double log_even(double least, double most) {
    return least * std::exp(unit() * std::log(most / least));
  }
  Duration even(Duration least, Duration most) {
    return from_seconds(even(to_seconds(least), to_seconds(most)));
  }
};

}  // namespace ftpull::sim
