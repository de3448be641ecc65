// Proof that the server started a range where it was asked to.
//
// A server or middlebox that answers REST with 350 and sends from another offset would corrupt
// every segmented download silently. So a range is asked for from some bytes before its begin, its
// lead, and these are compared with what the neighbour before wrote, as soon as both are there
// (QUIRKS F3, F4, F9).
//
// Threads: take() on a pool thread; complete() on any; lead() once complete.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ftpull::store {

class Seam {
 public:
  /// Enough that two places of a file agree by chance only where the file repeats itself.
  static constexpr size_t kLeadBytes = 64;

  /// The first `length` (1 to kLeadBytes, not more than `begin`) bytes before `begin` are the lead.
  Seam(uint64_t begin, size_t length) : begin_(begin), length_(length) {}
  /// One that was complete in an earlier run.
  Seam(uint64_t begin, std::span<const std::byte> lead) : Seam(begin, lead.size()) { take(lead); }

  uint64_t begin() const { return begin_; }
  uint64_t lead_begin() const { return begin_ - length_; }
  bool complete() const { return complete_.load(std::memory_order_acquire); }
  std::span<const std::byte> lead() const { return std::span(bytes_).first(length_); }

  /// Takes what belongs to the lead from the front of `bytes`; returns how many that were.
  size_t take(std::span<const std::byte> bytes) {
    const size_t taken = std::min(bytes.size(), length_ - have_);
    std::copy_n(bytes.begin(), taken, bytes_.begin() + static_cast<std::ptrdiff_t>(have_));
    have_ += taken;
    if (have_ == length_) complete_.store(true, std::memory_order_release);
    return taken;
  }

 private:
  const uint64_t begin_;
  const size_t length_;
  size_t have_ = 0;
  std::array<std::byte, kLeadBytes> bytes_{};
  std::atomic<bool> complete_ = false;
};

}  // namespace ftpull::store
