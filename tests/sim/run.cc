#include "run.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim_disk.h"
#include "sim_session.h"
#include "store/seam.h"
#include "transfer/coordinator.h"

namespace ftpull::sim {
namespace {

constexpr const char* kTarget = "/d/file";
/// Time-outs, their waits, and the fetches that follow them, on top of a slow download.
constexpr int kMostTimesOptimum = 4;
constexpr Duration kMostAbove = std::chrono::minutes(3);

class Silent final : public Observer {
 public:
  explicit Silent(World& world) : world_(world) {}
  void on_progress(const FetchProgress&) override {}
  void on_message(MessageLevel, std::string_view text) override {
    world_.tell(0, std::string(text));
  }

 private:
  World& world_;
};

transfer::SessionPool::Options pool_options(const Path& path, std::optional<int> given) {
  transfer::SessionPool::Options options;
  options.tuner.most = kMaxSessions;
  options.tuner.fixed = given;
  options.seed = path.seed;
  return options;
}

transfer::Coordinator::Job job_for(const Path& path, std::optional<int> given) {
  transfer::Coordinator::Job job;
  job.path = "file";
  job.sessions = given.value_or(kMaxSessions);
  job.first_sessions = given.value_or(transfer::Tuner::kFirst);
  job.seed = path.seed;
  job.local.target = kTarget;
  job.local.url = "ftp://host/file";
  return job;
}

tl::unexpected<Error> violated(std::string what) {
  return fail(ErrorKind::corrupt, std::move(what));
}

}  // namespace

Status check_pace(std::span<const Duration> connects) {
  constexpr double kRounding = 1e-6;
  double allowed = kConnectsAtOnce;
  Duration last{};
  for (const Duration at : connects) {
    allowed += to_seconds(at - last) / to_seconds(kConnectInterval);
    allowed = std::min<double>(allowed, kConnectsAtOnce);
    last = at;
    if (allowed < 1 - kRounding) {
      return violated(fmt::format("a connect too early, at {:.3f} s", to_seconds(at)));
    }
    --allowed;
  }
  return {};
}

int given_sessions(const Path& path, const Optimum& optimum) {
  if (path.asked_above_cap == 0) return optimum.sessions;
  return std::min(*path.server_cap + path.asked_above_cap, kMaxSessions);
}

Outcome run(const Path& path, Number number, bool tells) {
  Outcome outcome;
  outcome.path = path;
  outcome.optimum = find_optimum(path);
  std::optional<int> given;
  if (number == Number::given) given = given_sessions(path, outcome.optimum);
  outcome.sessions = given.value_or(kMaxSessions);

  World world(path, outcome.optimum.size_bytes, outcome.sessions, tells);
  SimDisk disk;
  SimBackground background(world);
  SimFactory factory(world);
  Silent observer(world);
  transfer::SessionPool pool(factory, pool_options(path, given));
  transfer::Coordinator coordinator(job_for(path, given), pool, disk, background, observer);
  const Duration most = kMostTimesOptimum * outcome.optimum.takes + kMostAbove;
  while (!coordinator.result() && outcome.in_time) {
    TimePoint next = coordinator.step(world.now());
    if (coordinator.result()) break;
    next = std::min(next, pool.step(world.now()));
    if (pool.failure()) continue;
    outcome.in_time = world.advance(next) && world.since_begin() < most;
  }
  outcome.took = world.since_begin();
  outcome.found = pool.tuner().found();
  outcome.ending = outcome.took - world.last_byte();
  if (coordinator.result()) outcome.result = *coordinator.result();
  for (size_t i = 0; i < kPhases; ++i) {
    outcome.spent_seconds[i] = world.spent_seconds(static_cast<Phase>(i));
  }
  if (!outcome.in_time) coordinator.stop();
  pool.close_all();
  // Work on disk that is under way refers to the coordinator.
  while (!pool.all_closed() || !coordinator.result()) {
    const TimePoint next = std::min(coordinator.step(world.now()), pool.step(world.now()));
    if (!world.advance(next)) break;
  }
  outcome.written_bytes = disk.written_bytes(kTarget);
  outcome.written_twice_bytes = disk.written_twice_bytes();
  outcome.sent_bytes = world.sent_bytes;
  outcome.wasted_bytes = world.link.wasted();
  outcome.connections = world.connections;
  outcome.most_held = world.most_held;
  outcome.most_living = world.most_living;
  outcome.refused = world.refused;
  outcome.faults = world.faults;
  outcome.connects = world.connects;
  return outcome;
}

Status check(const Outcome& outcome) {
  const uint64_t size = outcome.optimum.size_bytes;
  if (!outcome.in_time) return violated("it does not end");
  if (!outcome.result) return violated("it failed: " + describe(outcome.result.error()));
  if (outcome.written_bytes != size) {
    return violated(fmt::format("{} of {} bytes were written", outcome.written_bytes, size));
  }
  if (outcome.written_twice_bytes > 0) {
    return violated(fmt::format("{} bytes were written twice", outcome.written_twice_bytes));
  }
  const uint64_t leads = static_cast<uint64_t>(outcome.connections) * store::Seam::kLeadBytes;
  if (outcome.sent_bytes > size + leads) {
    return violated(fmt::format("{} bytes came of {}", outcome.sent_bytes, size));
  }
  const int cap = std::min(outcome.path.server_cap.value_or(kMaxSessions), outcome.sessions);
  if (outcome.most_held > outcome.sessions || outcome.most_living > cap) {
    return violated(
        fmt::format("{} sessions were held, {} open", outcome.most_held, outcome.most_living));
  }
  return check_pace(outcome.connects);
}

std::string outcome_columns() {
  std::string text = fmt::format("{:>6} {:>5} {:>6} {:>6} {:>3} {:>3} {:>5} {:>6}", "seed", "ratio",
                                 "took", "best", "n", "got", "RETRs", "wasted");
  for (size_t i = 0; i < kPhases; ++i) {
    text += fmt::format(" {:>10}", name_of(static_cast<Phase>(i)));
  }
  return text + fmt::format(" {:>6}  {}", "ending", "path");
}

std::string describe(const Outcome& outcome) {
  const double size = static_cast<double>(outcome.optimum.size_bytes);
  std::string text = fmt::format(
      "{:6} {:5.2f} {:6.1f} {:6.1f} {:3} {:3} {:5} {:4.1f} %", outcome.path.seed, outcome.ratio(),
      to_seconds(outcome.took), to_seconds(outcome.optimum.takes), outcome.optimum.sessions,
      outcome.found.value_or(0), outcome.connections, 100 * outcome.wasted_bytes / size);
  for (const double seconds : outcome.spent_seconds) text += fmt::format(" {:10.2f}", seconds);
  return text + fmt::format(" {:6.2f}  {:.0f} MB, {}", to_seconds(outcome.ending), size / 1e6,
                            describe(outcome.path));
}

}  // namespace ftpull::sim
