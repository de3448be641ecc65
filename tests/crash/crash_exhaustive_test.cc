// One download with a crash after its n-th operation, for every n: the process alone or the power,
// then a healthy run; and the same with a second crash while that run recovers.
#include <algorithm>

#include <fmt/format.h>

#include "failures.h"
#include "run.h"

using namespace ftpull;
using namespace ftpull::crash;

namespace {

constexpr uint64_t kSizeBytes = 4 * kSegmentBytes + 1234;

/// Three ranges at a time, a piece of each in turn. On the way one is shortened for another lane,
/// one breaks and goes on, and there are checkpoints with segments finished and half-finished.
Status fetch(World& world) {
  constexpr uint64_t kPieceBytes = 60'000;
  constexpr size_t kMostPieces = 1000;
  Run run(world);
  Status done = run.open();
  for (size_t pieces = 0; done && !run.idle();) {
    if (!run.waiting().empty() && run.lanes().size() < 3) {
      // Front to back: two segments for the first, one for each other.
      const Range next = run.waiting().back();
      const uint64_t segments = run.lanes().empty() ? 2 : 1;
      run.begin(run.waiting().size() - 1, (next.begin / kSegmentBytes + segments) * kSegmentBytes);
      continue;
    }
    if (++pieces > kMostPieces) return violated("the download does not end");
    done = run.bring(pieces % run.lanes().size(), kPieceBytes);
    if (done && run.seams_due()) done = run.compare_seams();
    if (done && pieces % 6 == 0) done = run.checkpoint();
    if (pieces == 3 && !run.lanes().empty()) run.hand_over(0);
    if (pieces == 8 && run.lanes().size() > 1) run.give_back(1);
  }
  if (done && run.seams_due()) done = run.compare_seams();
  return done.and_then([&] { return run.finish(); });
}

/// The server does not tell the size: one range from the start, and nothing to go on with.
Status fetch_of_unknown_size(World& world) {
  constexpr uint64_t kPieceBytes = 200'000;
  store::Identity identity = world.sender.identity();
  identity.size_bytes.reset();
  const auto part = store::PartFile::open(world.disk, kTarget, identity, {.replace = true});
  if (!part) return tl::make_unexpected(part.error());
  Status done = world.ledger.opened({});
  for (uint64_t at = 0; done && at < kSizeBytes; at += kPieceBytes) {
    const Range piece{at, std::min(at + kPieceBytes, kSizeBytes)};
    done = (*part)->writer(at)->write(world.sender.bytes(piece, 0));
  }
  world.finishing();
  if (done) done = (*part)->finish(kSizeBytes, kMtime);
  if (!done) return done;
  world.finished();
  return world.check_end();
}

using Fetch = Status (*)(World&);

/// 0 and 1 are kills, the second within a write; the others power cuts of different seeds.
Status die(World& world, uint64_t way) {
  return way < 2 ? world.kill() : world.cut_power(way);
}

World make_world() {
  return World(Sender(kSizeBytes, 1));
}

World make_world_with_older_target() {
  World world = make_world();
  world.put_older_target(Bytes(1000));
  return world;
}

/// Runs the program until it ends or has done so many operations.
Result<World::Ending> run_until(World& world, Fetch program, uint64_t operations, bool tears) {
  world.disk.crash_after(operations, tears);
  return world.ending(program(world));
}

/// From a crash to the end of the download, and a power cut just after.
Status recover(World& world, Fetch program) {
  return world.ending(program(world)).and_then([&](World::Ending) { return world.cut_power(1); });
}

Status crash_once(World world, Fetch program, uint64_t operations, uint64_t way) {
  return run_until(world, program, operations, way == 1)
      .and_then([&](World::Ending) { return die(world, way); })
      .and_then([&] { return recover(world, program); });
}

/// The same with a second crash during the recovery.
Status crash_twice(World world, uint64_t first_operations, uint64_t second_operations,
                   uint64_t first_way, uint64_t second_way) {
  return run_until(world, fetch, first_operations, first_way == 1)
      .and_then([&](World::Ending) { return die(world, first_way); })
      .and_then([&] { return run_until(world, fetch, second_operations, second_way == 1); })
      .and_then([&](World::Ending) { return die(world, second_way); })
      .and_then([&] { return recover(world, fetch); });
}

/// How many operations the program has that does not crash.
uint64_t count_operations(World world, Fetch program) {
  const Status done = program(world);
  REQUIRE_MESSAGE(done, (done ? "" : describe(done.error())));
  return world.disk.operations();
}

/// Crashes after each operation in each of so many ways, at last after all of them.
void crash_after_every_operation(World (*make)(), Fetch program, uint64_t ways) {
  Failures failures;
  const uint64_t operations = count_operations(make(), program);
  CHECK(operations > 15);
  for (uint64_t n = 0; n <= operations; ++n) {
    for (uint64_t way = 0; way < ways; ++way) {
      const Status right = crash_once(make(), program, n, way);
      if (!right) failures.add(fmt::format("operation {}, way {}", n, way), right.error());
    }
  }
  CHECK(failures.count() == 0);
}

}  // namespace

TEST_CASE("a_crash_after_any_operation_breaks_no_promise") {
  crash_after_every_operation(make_world, fetch, 20);
}

TEST_CASE("a_crash_while_an_older_target_is_replaced_leaves_the_one_or_the_other") {
  crash_after_every_operation(make_world_with_older_target, fetch, 10);
}

TEST_CASE("a_crash_in_a_download_of_unknown_size_leaves_no_wrong_file") {
  crash_after_every_operation(make_world, fetch_of_unknown_size, 20);
}

TEST_CASE("a_second_crash_during_the_recovery_breaks_no_promise") {
  constexpr uint64_t kWays = 5;
  // Every operation comes to be the second crash's, though not after every first one.
  constexpr uint64_t kEvery = 3;
  Failures failures;
  const uint64_t operations = count_operations(make_world(), fetch);
  for (uint64_t n = 0; n < operations; ++n) {
    // A recovery has some operations that a first run has not.
    for (uint64_t m = n % kEvery; m < operations - n + 10; m += kEvery) {
      const uint64_t way = (n + m) % kWays;
      const uint64_t second_way = m % kWays;
      const Status right = crash_twice(make_world(), n, m, way, second_way);
      if (right) continue;
      failures.add(fmt::format("operations {} and {}, ways {} and {}", n, m, way, second_way),
                   right.error());
    }
  }
  CHECK(failures.count() == 0);
}
