// Virtual time, the link, and the server of one simulated download; whatever happens in it is told
// here, and what the sessions spend their time on is added up.
//
// Time goes on from event to event. Bytes that have come are handed to the program every kStep, and
// at once where a range ends.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ftp/inspect.h"
#include "link.h"
#include "path.h"
#include "transfer/background.h"

namespace ftpull::sim {

/// What a session is at.
enum class Phase {
  absent,      // nobody has asked for it, or it has gone
  opening,     // connects and logs in
  inspecting,  // asks for the file's facts
  idle,        // has nothing to do
  asking,      // waits for a range's first byte
  stalled,     // has a range, and nothing comes
  flowing
};
inline constexpr size_t kPhases = 7;
const char* name_of(Phase phase);

class SimSession;

class World {
 public:
  /// Tells all that happens on standard output if `tells`.
  World(const Path& path, uint64_t size_bytes, int sessions, bool tells);

  TimePoint now() const { return now_; }
  Duration since_begin() const { return now_ - kBegin; }
  void after(Duration wait, std::function<void()> event);
  /// Goes on until `until`, or until something has happened before. False: nothing is to come.
  bool advance(TimePoint until);

  const Path path;
  const uint64_t size_bytes;
  Link link;
  const ftp::FileFacts facts;

  bool tells() const { return tells_; }
  void tell(int session, const std::string& what) const;

  // What happened at the server.
  int living = 0;  // sessions that it has let in
  int most_living = 0;
  int refused = 0;
  int faults = 0;           // stalls and deaths that came
  int connections = 0;      // for data
  uint64_t sent_bytes = 0;  // that reached the program, leads included
  std::vector<Duration> connects{};
  int most_held = 0;  // sessions by the program, from open() to close()

  /// The time that sessions have spent in a phase until the last byte of the file came, divided by
  /// their number: seconds that the download would be shorter by if only sessions counted.
  double spent_seconds(Phase phase) const { return spent_then_[static_cast<size_t>(phase)]; }
  Duration last_byte() const { return last_byte_; }

 private:
  friend class SimSession;
  static constexpr TimePoint kBegin{std::chrono::hours(1)};

  TimePoint next_wake(TimePoint until) const;
  void account(Duration passed);
  void note_bytes(uint64_t bytes);
  void tell_state() const;
  bool deliver();

  const int sessions_;
  const bool tells_;
  TimePoint now_ = kBegin;
  TimePoint next_step_ = kBegin + kStep;
  uint64_t made_ = 0;
  std::map<std::pair<TimePoint, uint64_t>, std::function<void()>> events_;
  std::vector<SimSession*> members_;
  int next_session_ = 0;
  std::array<double, kPhases> spent_{};
  std::array<double, kPhases> spent_then_{};  // at the last byte
  Duration last_byte_{};
};

/// Work on disk that takes a time of its own.
class SimBackground final : public transfer::Background {
 public:
  explicit SimBackground(World& world) : world_(world), dice_(world.path.seed) {}
  void run(std::function<void()> work, std::function<void()> done) override;

 private:
  World& world_;
  Dice dice_;
};

}  // namespace ftpull::sim
