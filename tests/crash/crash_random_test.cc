// Downloads that a seed makes up: sizes, pieces, the order of everything, crashes in a row, servers
// that do not honour offsets. In the end there is the right file, and no promise was broken.
//
// FTPULL_CRASH_SEEDS in the environment is how many seeds, FTPULL_CRASH_SEED the only one to run.
#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "core/text.h"
#include "failures.h"
#include "run.h"

using namespace ftpull;
using namespace ftpull::crash;

namespace {

constexpr uint64_t kDefaultSeeds = 10'000;
/// Far more than the largest source in the smallest pieces takes.
constexpr size_t kMostSteps = 20'000;

/// When a process begins to count the operations that are left to it.
enum class Moment { opening, fetching, falling_back, going_on_alone, finishing, never };

class Story {
 public:
  explicit Story(uint64_t seed);
  /// Fails when a promise was broken.
  Status tell();

 private:
  static Sender make_sender(Dice& dice);

  Moment next_moment();
  /// Here the process begins to have few operations left, if this is the moment for it.
  void reach(Moment moment);
  Status fetch();
  Status step(Run& run);
  Status fall_back_if_doubted(Run& run, Status status);
  void begin_range(Run& run);
  Status die();

  Dice dice_;
  World world_;
  const size_t lanes_;
  const uint64_t piece_bytes_;
  const Garbage garbage_;
  /// Ranges deep in the file come faster than those before them: their seams stay open for long.
  const bool later_first_;
  const uint64_t checkpoint_percent_;
  /// How often ranges break or change hands.
  const uint64_t unrest_percent_;
  const uint64_t kill_percent_;
  Moment moment_ = Moment::never;
};

Story::Story(uint64_t seed)
    : dice_(seed),
      world_(make_sender(dice_)),
      lanes_(dice_.one_of<size_t>({1, 2, 3, 3, 4, 5})),
      piece_bytes_(dice_.one_of<uint64_t>({3'000, 40'000, 40'000, 150'000, 400'000})),
      garbage_(dice_.percent(15) ? Garbage::whole_sectors : Garbage::own_bytes),
      later_first_(dice_.percent(50)),
      checkpoint_percent_(dice_.one_of<uint64_t>({0, 3, 10})),
      unrest_percent_(dice_.one_of<uint64_t>({0, 0, 3, 10})),
      kill_percent_(dice_.one_of<uint64_t>({0, 30, 60, 100})) {
  if (dice_.percent(10)) world_.hide_boot_id();
  if (dice_.percent(20)) world_.put_older_target(Bytes(dice_.below(1000)));
}

Sender Story::make_sender(Dice& dice) {
  uint64_t size_bytes = dice.between(dice.percent(30) ? 300'000 : 900'000, 1'200'000);
  if (dice.percent(30)) size_bytes = dice.between(1, 4) * kSegmentBytes + dice.below(3);
  const auto manner = dice.one_of({Sender::Manner::honest, Sender::Manner::honest,
                                   Sender::Manner::from_the_start, Sender::Manner::one_shift,
                                   Sender::Manner::one_shift, Sender::Manner::any_shift});
  return Sender(size_bytes, dice.next(), manner, dice.one_of<unsigned>({10, 40, 100}));
}

Status Story::tell() {
  constexpr uint64_t kMostCrashes = 5;
  const uint64_t crashes = dice_.between(1, kMostCrashes);
  for (uint64_t i = 0; i < crashes; ++i) {
    moment_ = next_moment();
    reach(Moment::opening);
    // What was wrong before must be found although nothing is any more.
    if (i > 0 && dice_.percent(40)) world_.sender.reform();
    const auto ending = world_.ending(fetch());
    if (!ending) return tl::make_unexpected(ending.error());
    if (auto right = die(); !right || ending == World::Ending::completed) return right;
  }
  moment_ = Moment::never;
  const auto ending = world_.ending(fetch());
  if (!ending) return tl::make_unexpected(ending.error());
  return world_.cut_power(dice_.next(), garbage_);
}

Moment Story::next_moment() {
  const bool any_doubt = !world_.sender.honest() && dice_.percent(30);
  if (any_doubt) return dice_.one_of({Moment::falling_back, Moment::going_on_alone});
  return dice_.one_of({Moment::opening, Moment::fetching, Moment::fetching, Moment::fetching,
                       Moment::fetching, Moment::finishing});
}

void Story::reach(Moment moment) {
  if (moment != moment_) return;
  moment_ = Moment::never;
  // As many as there are: a piece takes two, and is half as long as the longest on average.
  const bool brings_bytes = moment == Moment::fetching || moment == Moment::going_on_alone;
  const uint64_t operations =
      brings_bytes ? 20 + 4 * world_.sender.size_bytes() / piece_bytes_ : 14;
  world_.disk.crash_after(dice_.below(operations), dice_.percent(50));
}

Status Story::die() {
  return dice_.percent(kill_percent_) ? world_.kill() : world_.cut_power(dice_.next(), garbage_);
}

Status Story::fetch() {
  Run run(world_);
  Status done = run.open();
  reach(Moment::fetching);
  for (size_t steps = 0; done && (!run.idle() || run.seams_due()); ++steps) {
    if (steps == kMostSteps) return violated("the download does not end");
    done = fall_back_if_doubted(run, step(run));
  }
  if (!done) return done;
  reach(Moment::finishing);
  return run.finish();
}

Status Story::step(Run& run) {
  if (run.seams_due() && (run.idle() || dice_.percent(20))) return run.compare_seams();
  const bool room = run.lanes().size() < lanes_;
  if (room && !run.waiting().empty() && (run.lanes().empty() || dice_.percent(60))) {
    begin_range(run);
    return {};
  }
  size_t lane = dice_.below(run.lanes().size());
  if (later_first_ && dice_.percent(75)) lane = run.lanes().size() - 1;
  if (dice_.percent(checkpoint_percent_)) return run.checkpoint();
  if (dice_.percent(unrest_percent_)) {
    dice_.percent(50) ? run.give_back(lane) : run.hand_over(lane);
    return {};
  }
  return run.bring(lane, dice_.between(1, piece_bytes_));
}

Status Story::fall_back_if_doubted(Run& run, Status status) {
  if (status || status.error().kind != ErrorKind::no_restart) return status;
  reach(Moment::falling_back);
  Status fallen_back = run.fall_back();
  reach(Moment::going_on_alone);
  return fallen_back;
}

/// Any that waits, whole or up to a segment boundary.
void Story::begin_range(Run& run) {
  const size_t waiting = dice_.below(run.waiting().size());
  const Range range = run.waiting()[waiting];
  const uint64_t first = range.begin / kSegmentBytes + 1;
  const uint64_t last = (range.end - 1) / kSegmentBytes;
  const bool whole = first > last || dice_.percent(15);
  run.begin(waiting, whole ? range.end : dice_.between(first, last) * kSegmentBytes);
}

std::optional<uint64_t> from_environment(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::nullopt : parse_decimal(text);
}

}  // namespace

TEST_CASE("no_seed_makes_a_wrong_file_or_breaks_a_promise") {
  const auto only = from_environment("FTPULL_CRASH_SEED");
  const uint64_t seeds = from_environment("FTPULL_CRASH_SEEDS").value_or(kDefaultSeeds);
  Failures failures;
  for (uint64_t seed = only.value_or(1); seed <= only.value_or(seeds); ++seed) {
    if (auto right = Story(seed).tell(); !right) {
      failures.add(fmt::format("FTPULL_CRASH_SEED={}", seed), right.error());
    }
  }
  CHECK(failures.count() == 0);
}
