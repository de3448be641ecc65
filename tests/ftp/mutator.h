// Texts made from samples at random: some of them one after the other, with a few bytes changed.
// The same seed makes the same texts.
#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

class Mutator {
 public:
  /// How much is done to the samples.
  struct Extent {
    size_t most_samples;
    size_t most_changes;
    size_t most_copied_bytes;
  };

  /// `telling` are the bytes that mean something where the samples come from.
  Mutator(std::vector<std::string> samples, std::string_view telling, const Extent& extent)
      : samples_(std::move(samples)), telling_(telling), extent_(extent) {}

  void seed(uint32_t value) { random_.seed(value); }

  size_t below(size_t limit) { return random_() % limit; }

  std::string text() {
    std::string bytes;
    for (size_t i = 0, n = 1 + below(extent_.most_samples); i < n; ++i) {
      bytes += samples_[below(samples_.size())];
    }
    for (size_t i = 0, n = below(extent_.most_changes); i < n; ++i) change(bytes);
    return bytes;
  }

  /// A telling byte mostly, else any.
  char byte() {
    return below(4) == 0 ? static_cast<char>(below(256)) : telling_[below(telling_.size())];
  }

 private:
  void change(std::string& bytes) {
    const size_t at = below(bytes.size() + 1);
    switch (below(4)) {
      case 0:
        bytes.insert(at, 1, telling_[below(telling_.size())]);
        break;
      case 1:
        bytes.erase(at, 1 + below(3));
        break;
      case 2: {
        const size_t from = below(bytes.size() + 1);
        bytes.insert(at, bytes.substr(from, below(extent_.most_copied_bytes)));
        break;
      }
      default:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
    }
  }

  std::mt19937 random_;
  const std::vector<std::string> samples_;
  const std::string telling_;
  const Extent extent_;
};
