// Whole downloads over paths that a seed makes up, in virtual time: every one ends with the right
// file, keeps to the server's limits, and takes not much longer than anyone could.
//
// FTPULL_SIM_SEEDS in the environment is how many seeds, FTPULL_SIM_FIRST the first of them,
// FTPULL_SIM_SEED the only one, of which all that happens is told. With FTPULL_SIM_REPORT=1 the
// times of each sort of path are shown, and the 20 slowest seeds; a number above 20 shows as many.
// FTPULL_SIM_GIVEN=1 gives the engine the best number of sessions, in place of having it measured.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

#include "core/text.h"
#include "crash/failures.h"
#include "run.h"
#include "store/journal_format.h"

using namespace ftpull;
using namespace ftpull::sim;

namespace {

constexpr uint64_t kDefaultSeeds = 2'500;

/// How much longer than the optimum a download may take. The goal is kGoalRatio for each one.
/// What is achieved with the number of sessions measured, in two times 2,500 seeds: a median of
/// 1.02, 12 % above the goal, 3.0 at the most. A change that makes it better lowers these with it.
constexpr double kGoalRatio = 1.15;
constexpr double kMostMedianRatio = 1.03;
constexpr double kMostAboveGoal = 0.13;  // share of the downloads
constexpr double kMostRatio = 3.3;
/// Fewer say nothing about medians and shares.
constexpr uint64_t kEnoughSeeds = 1'000;

uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : parse_decimal(text).value_or(otherwise);
}

double quantile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

double share_above(const std::vector<double>& values, double limit) {
  const auto above =
      std::count_if(values.begin(), values.end(), [=](double one) { return one > limit; });
  return values.empty() ? 0 : static_cast<double>(above) / static_cast<double>(values.size());
}

struct Sort {
  const char* name;
  std::function<bool(const Outcome&)> holds;
};

bool is_plain(const Path& path) {
  return !path.uneven && path.loss == 0 && !path.has_faults() && !path.throttle &&
         !path.overload_from && path.asked_above_cap == 0;
}

/// So few for each session that what cannot be split counts.
bool has_few_segments(const Outcome& outcome) {
  constexpr uint64_t kFew = 20;
  return outcome.optimum.size_bytes <
         kFew * static_cast<uint64_t>(outcome.sessions) * store::kMinSegmentBytes;
}

const std::vector<Sort>& sorts() {
  static const std::vector<Sort> all{
      {"all", [](const Outcome&) { return true; }},
      {"without faults", [](const Outcome& one) { return one.faults == 0; }},
      {"plain", [](const Outcome& one) { return is_plain(one.path); }},
      {"plain, rtt < 50 ms",
       [](const Outcome& one) {
         return is_plain(one.path) && one.path.round_trip < std::chrono::milliseconds(50);
       }},
      {"few segments", [](const Outcome& one) { return has_few_segments(one); }},
      {"uneven", [](const Outcome& one) { return one.path.uneven; }},
      {"uneven, many segments",
       [](const Outcome& one) { return one.path.uneven && !has_few_segments(one); }},
      {"loss", [](const Outcome& one) { return one.path.loss > 0; }},
      {"refused", [](const Outcome& one) { return one.refused > 0; }},
      {"throttled", [](const Outcome& one) { return one.path.throttle.has_value(); }},
      {"overloaded", [](const Outcome& one) { return one.path.overload_from.has_value(); }},
      {"stalls, no deaths",
       [](const Outcome& one) { return one.faults > 0 && one.path.death_chance <= 0; }},
      {"deaths, no stalls",
       [](const Outcome& one) { return one.faults > 0 && one.path.stall_chance <= 0; }},
  };
  return all;
}

void report(std::vector<Outcome>& outcomes, size_t rows) {
  std::puts(fmt::format("{:22} {:>5} {:>6} {:>6} {:>6} {:>6} {:>6}", "paths", "seeds", "median",
                        "90 %", "99 %", "most", "> 1.15")
                .c_str());
  for (const Sort& sort : sorts()) {
    std::vector<double> ratios;
    for (const Outcome& one : outcomes) {
      if (sort.holds(one)) ratios.push_back(one.ratio());
    }
    std::puts(fmt::format("{:22} {:5} {:6.3f} {:6.3f} {:6.3f} {:6.3f} {:4.1f} %", sort.name,
                          ratios.size(), quantile(ratios, 0.5), quantile(ratios, 0.9),
                          quantile(ratios, 0.99), quantile(ratios, 1),
                          100 * share_above(ratios, kGoalRatio))
                  .c_str());
  }
  std::sort(outcomes.begin(), outcomes.end(),
            [](const Outcome& a, const Outcome& b) { return a.ratio() > b.ratio(); });
  std::puts(outcome_columns().c_str());
  for (size_t i = 0; i < std::min(rows, outcomes.size()); ++i) {
    std::puts(describe(outcomes[i]).c_str());
  }
}

}  // namespace

TEST_CASE("every_seed_ends_with_the_file_and_near_the_optimum") {
  const uint64_t only = from_environment("FTPULL_SIM_SEED", 0);
  const uint64_t first = only != 0 ? only : from_environment("FTPULL_SIM_FIRST", 1);
  const uint64_t seeds = only != 0 ? 1 : from_environment("FTPULL_SIM_SEEDS", kDefaultSeeds);
  const bool is_given = std::getenv("FTPULL_SIM_GIVEN") != nullptr;
  const Number number = is_given ? Number::given : Number::automatic;
  crash::Failures failures;
  std::vector<Outcome> outcomes;
  std::vector<double> ratios;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    outcomes.push_back(run(draw_path(seed), number, only != 0));
    ratios.push_back(outcomes.back().ratio());
    if (auto right = check(outcomes.back()); !right) {
      failures.add(fmt::format("FTPULL_SIM_SEED={}", seed), right.error());
    }
  }
  CHECK(failures.count() == 0);
  CHECK(quantile(ratios, 1) <= kMostRatio);
  if (seeds >= kEnoughSeeds) {
    CHECK(quantile(ratios, 0.5) <= kMostMedianRatio);
    CHECK(share_above(ratios, kGoalRatio) <= kMostAboveGoal);
  }
  constexpr uint64_t kFewestRows = 20;
  const uint64_t rows = from_environment("FTPULL_SIM_REPORT", 0);
  if (only != 0 || rows != 0) report(outcomes, std::max(rows, kFewestRows));
}
