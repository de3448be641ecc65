// Choices that a seed decides, the same on every machine: the standard fixes what the engine gives,
// but not what its distributions make of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace ftpull::crash {

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  uint64_t next() { return engine_(); }
  /// 0 to `count` - 1; `count` is not 0.
  uint64_t below(uint64_t count) { return engine_() % count; }
  /// Both ends are possible.
  uint64_t between(uint64_t least, uint64_t most) { return least + below(most - least + 1); }
  bool percent(uint64_t chance) { return below(100) < chance; }

  template <class T, size_t N>
  const T& one_of(const T (&choices)[N]) {
    return choices[below(N)];
  }

  void fill(std::span<std::byte> bytes) {
    uint64_t word = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (i % sizeof word == 0) word = next();
      bytes[i] = static_cast<std::byte>(word >> (8 * (i % sizeof word)));
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace ftpull::crash
