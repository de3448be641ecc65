#include "sim_session.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "optimum.h"

namespace ftpull::sim {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;

std::span<const std::byte> zeros() {
  static const std::array<std::byte, kBufferBytes> bytes{};
  return bytes;
}

Error network_error(std::string message) {
  return {ErrorKind::network, std::move(message), {}, {}};
}

}  // namespace

SimSession::SimSession(World& world, transfer::SessionObserver& observer)
    : world_(world), observer_(observer), number_(++world.next_session_) {
  world_.members_.push_back(this);
}

SimSession::~SimSession() {
  std::erase(world_.members_, this);
}

/// Events do not reach a session that is gone, nor one that has ended since.
void SimSession::later(Duration wait, std::function<void()> event) {
  world_.after(wait, [alive = std::weak_ptr(alive_), event = std::move(event)] {
    if (alive.lock()) event();
  });
}

void SimSession::begin_opening(const std::string& expected_path) {
  tell("open");
  inspected_path_ = expected_path;
  phase_ = Phase::opening;
  world_.connects.push_back(world_.since_begin());
  const auto held = std::count_if(
      world_.members_.begin(), world_.members_.end(),
      [](const SimSession* one) { return one->phase_ != Phase::absent && !one->closing_; });
  world_.most_held = std::max(world_.most_held, static_cast<int>(held));
  later(world_.path.round_trip / 2, [this] { arrive_at_server(); });
}

void SimSession::arrive_at_server() {
  const Duration round_trip = world_.path.round_trip;
  if (world_.path.server_cap && world_.living >= *world_.path.server_cap) {
    ++world_.refused;
    constexpr int kHalvesToRefusal = 3;  // the connect's way back, and the greeting's
    later(kHalvesToRefusal * round_trip / 2, [this] {
      std::optional<int> limit;
      if (world_.path.names_cap) limit = world_.path.server_cap;
      end({{ErrorKind::busy, "too many connections", "421", {}}, limit});
    });
    return;
  }
  at_server_ = true;
  ++world_.living;
  world_.most_living = std::max(world_.most_living, world_.living);
  later(world_.path.open_round_trips * round_trip - round_trip / 2, [this] {
    phase_ = Phase::idle;
    tell("is open");
    observer_.on_open(*this, world_.now());
  });
}

void SimSession::inspect(const std::string& path, bool anew) {
  assert(phase_ == Phase::idle);
  phase_ = Phase::inspecting;
  const bool known = path == std::exchange(inspected_path_, {}) && !anew;
  later(known ? Duration(0) : world_.path.round_trip, [this] {
    phase_ = Phase::idle;
    observer_.on_inspected(*this, world_.facts, world_.now());
  });
}

void SimSession::fetch(const transfer::RangeRequest& request, Sink& sink) {
  assert(phase_ == Phase::idle && request.end);
  if (world_.tells()) tell(fmt::format("fetch [{}, {})", request.begin, *request.end));
  phase_ = Phase::asking;
  request_ = request;
  sink_ = &sink;
  flow_.reset();
  stopped_at_bytes_ = taken_bytes_ = 0;
  end_known_ = world_.now();
  const int round_trips =
      std::exchange(has_fetched_, true) ? kNextFetchRoundTrips : kFetchRoundTrips;
  later(round_trips * world_.path.round_trip, [this] { begin_flow(); });
}

void SimSession::begin_flow() {
  const Connection connection = draw_connection(world_.path, ++world_.connections);
  if (world_.tells()) {
    tell(fmt::format("flows, at most {:.0f} kB/s{}{}", connection.rate / 1e3,
                     connection.stall ? ", will stall" : "", connection.death ? ", will die" : ""));
  }
  phase_ = Phase::flowing;
  last_byte_ = world_.now();
  flow_ = world_.link.add(connection, static_cast<double>(*request_.end - request_.begin));
  if (connection.stall) {
    later(connection.stall->after, [this, flow = *flow_] {
      if (flow_ == flow) ++world_.faults;
    });
  }
  if (connection.death) {
    later(*connection.death, [this, flow = *flow_] {
      if (flow_ == flow) die();
    });
  }
}

void SimSession::die() {
  tell("dies");
  ++world_.faults;
  take_bytes();
  stop_flow(Duration(0));
  if (std::exchange(at_server_, false)) --world_.living;
  end({network_error("the connection was reset"), std::nullopt});
}

Phase SimSession::phase() const {
  const bool stalled = flow_ && world_.link.rate(*flow_) <= 0;
  return phase_ == Phase::flowing && stalled ? Phase::stalled : phase_;
}

uint64_t SimSession::come_bytes() const {
  constexpr double kRounding = 0.02;
  if (!flow_) return stopped_at_bytes_;
  return static_cast<uint64_t>(std::floor(world_.link.received(*flow_) + kRounding));
}

uint64_t SimSession::claimed() const {
  return request_.begin + come_bytes();
}

void SimSession::set_end(uint64_t end, bool to_end_of_file) {
  assert(end > claimed());
  if (world_.tells()) tell(fmt::format("ends at {} instead of {}", end, *request_.end));
  request_.end = end;
  request_.to_end_of_file = to_end_of_file;
  end_known_ = world_.now();
  if (flow_) world_.link.set_most(*flow_, static_cast<double>(end - request_.begin));
}

void SimSession::cut() {
  assert(flow_ && phase_ == Phase::flowing);
  tell("is cut");
  later(Duration(0), [this, flow = *flow_] {
    if (flow_ != flow || phase_ != Phase::flowing) return;
    take_bytes();
    end_known_ = world_.now();
    if (flow_ == flow) end_range(std::nullopt, true);
  });
}

void SimSession::take_bytes() {
  uint64_t came = come_bytes() - taken_bytes_;
  if (sink_ == nullptr || came == 0) return;
  last_byte_ = world_.now();
  taken_bytes_ += came;
  world_.note_bytes(came);
  for (uint64_t left = came; left > 0;) {
    const size_t piece = std::min<uint64_t>(left, kBufferBytes);
    if (auto written = sink_->write(zeros().first(piece)); !written) {
      end_range(written.error(), false);
      return;
    }
    left -= piece;
  }
  observer_.on_bytes(*this, came, world_.now());
}

bool SimSession::settle() {
  if (!flow_ || phase_ != Phase::flowing) return false;
  if (world_.link.complete(*flow_)) {
    take_bytes();
    if (flow_) end_range(std::nullopt, true);
    return true;
  }
  // It has just been asked for what came; with nothing since, the time is exact but for a step.
  if (world_.now() - last_byte_ < kTimeout) return false;
  tell("times out");
  end_range(network_error("the server was silent for 30 seconds"), false);
  return true;
}

void SimSession::stop_flow(Duration in_flight) {
  if (!flow_) return;
  stopped_at_bytes_ = come_bytes();
  if (in_flight > Duration(0)) {
    const uint64_t behind = world_.size_bytes - request_.begin;
    world_.link.set_most(*flow_, static_cast<double>(behind));
  }
  world_.link.abandon(*flow_, to_seconds(in_flight));
  flow_.reset();
}

void SimSession::end_range(std::optional<Error> error, bool reusable) {
  tell(error ? "fails" : "has its range");
  const Duration known_for = world_.now() - end_known_;
  stop_flow(error ? world_.path.round_trip
                  : std::max(Duration(0), world_.path.round_trip - known_for));
  phase_ = Phase::idle;
  sink_ = nullptr;
  observer_.on_range_end(*this, {claimed(), std::move(error), reusable}, world_.now());
}

void SimSession::close() {
  if (closing_ || phase_ == Phase::absent) return;
  tell("is closed");
  closing_ = true;
  alive_ = std::make_shared<int>();
  stop_flow(world_.path.round_trip);
  leave_server();
  later(Duration(0), [this] {
    take_bytes();
    end({{ErrorKind::interrupted, "the session was closed", {}, {}}, std::nullopt});
  });
}

void SimSession::leave_server() {
  if (!std::exchange(at_server_, false)) return;
  world_.after(world_.path.round_trip / 2, [&world = world_] { --world.living; });
}

void SimSession::end(const transfer::SessionEnd& end) {
  if (world_.tells()) tell("is gone: " + end.error.message);
  alive_ = std::make_shared<int>();
  leave_server();
  phase_ = Phase::absent;
  sink_ = nullptr;
  observer_.on_closed(*this, end, world_.now());
}

}  // namespace ftpull::sim
