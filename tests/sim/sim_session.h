// An FTP session in a World: what it costs, counted in round trips, and how it ends.
//
//   open       Path::open_round_trips; a refusal for too many sessions comes after two
//   inspect    one, none when the path was given to open()
//   fetch      kFetchRoundTrips to the first byte, kNextFetchRoundTrips after another range
//   close      at once; the server has the place free half a round trip later
//   an end that is moved   the server learns of it a round trip later: what it has in flight until
//              then is wasted. An end that was known for longer costs nothing (window clamp).
//
// As in FtpSession, a transfer without a byte for kTimeout fails and its session is of no more use.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "transfer/session.h"
#include "world.h"

namespace ftpull::sim {

class SimSession final : public transfer::Session {
 public:
  static constexpr Duration kTimeout = std::chrono::seconds(30);

  SimSession(World& world, transfer::SessionObserver& observer);
  ~SimSession() override;
  SimSession(const SimSession&) = delete;
  SimSession& operator=(const SimSession&) = delete;

  void open(const std::string& expected_path) override { begin_opening(expected_path); }
  void inspect(const std::string& path, bool anew) override;
  void fetch(const transfer::RangeRequest& request, Sink& sink) override;
  int number() const override { return number_; }
  Duration round_trip() const override { return world_.path.round_trip; }
  bool path_is_full() const override { return false; }
  uint64_t claimed() const override;
  void cut() override;
  void set_end(uint64_t end, bool to_end_of_file) override;
  void close() override;

  Phase phase() const;
  /// Hands what has come to the sink.
  void take_bytes();
  /// Ends the range if it is complete or has waited too long; says whether something happened.
  bool settle();

 private:
  void begin_opening(const std::string& expected_path);
  void arrive_at_server();
  void begin_flow();
  void die();
  uint64_t come_bytes() const;
  void stop_flow(Duration in_flight);
  void end_range(std::optional<Error> error, bool reusable);
  void end(const transfer::SessionEnd& end);
  void leave_server();
  void later(Duration wait, std::function<void()> event);
  void tell(const std::string& what) const { world_.tell(number_, what); }

  World& world_;
  transfer::SessionObserver& observer_;
  const int number_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  Phase phase_ = Phase::absent;
  bool at_server_ = false;
  bool closing_ = false;
  std::string inspected_path_;  // together with open()
  bool has_fetched_ = false;

  transfer::RangeRequest request_;
  Sink* sink_ = nullptr;
  std::optional<Link::Id> flow_;
  uint64_t stopped_at_bytes_ = 0;  // what the flow that ended had brought
  uint64_t taken_bytes_ = 0;
  TimePoint end_known_{};
  TimePoint last_byte_{};
};

class SimFactory final : public transfer::SessionFactory {
 public:
  explicit SimFactory(World& world) : world_(world) {}
  std::unique_ptr<transfer::Session> make_session(transfer::SessionObserver& observer) override {
    return std::make_unique<SimSession>(world_, observer);
  }

 private:
  World& world_;
};

}  // namespace ftpull::sim
