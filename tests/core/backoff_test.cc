#include "core/backoff.h"

#include <doctest/doctest.h>

using namespace ftpull;
using namespace std::chrono_literals;

TEST_CASE("waits_double_up_to_a_minute_with_full_jitter") {
  Backoff backoff(42);
  const Duration ceilings[] = {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s};
  for (int failures = 1; failures <= 9; ++failures) {
    CAPTURE(failures);
    Duration longest{};
    Duration shortest = 1h;
    for (int i = 0; i < 500; ++i) {
      const Duration wait = backoff.wait_after(failures);
      longest = std::max(longest, wait);
      shortest = std::min(shortest, wait);
    }
    const Duration ceiling = ceilings[failures - 1];
    CHECK(longest <= ceiling);
    CHECK(longest > ceiling * 9 / 10);
    CHECK(shortest >= Backoff::kShortest);
    CHECK(shortest < Backoff::kShortest + ceiling / 10);
  }
}

TEST_CASE("a_seed_gives_the_same_waits_again") {
  Backoff a(7);
  Backoff b(7);
  for (int i = 1; i < 10; ++i) CHECK(a.wait_after(i) == b.wait_after(i));
}
