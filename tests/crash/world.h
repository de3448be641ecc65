// What outlives the processes of a crash test: the disk, the server, and what has been promised. It
// says what must be true whenever a process has died.
#pragma once

#include <optional>
#include <string>

#include "crash_disk.h"
#include "ledger.h"
#include "sender.h"
#include "store/part_file.h"

namespace ftpull::crash {

inline constexpr const char* kTarget = "/d/file";
inline constexpr std::time_t kMtime = 1'767'322'800;
inline constexpr uint64_t kSegmentBytes = store::kMinSegmentBytes;

/// A promise was broken: told from a crash, whose errors are of kind `disk`, by its kind.
tl::unexpected<Error> violated(std::string what);

class World {
 public:
  explicit World(Sender sender);

  CrashDisk disk;
  Sender sender;
  Ledger ledger;

  enum class Ending { completed, crashed };
  /// How a process ended that returned `status`. Fails when it neither completed nor crashed, or
  /// when a promise was broken before it crashed.
  Result<Ending> ending(const Status& status) const;

  /// Before anything is fetched: something stands under the final name; the kernel does not tell
  /// its boot id.
  void put_older_target(Bytes bytes);
  void hide_boot_id();

  /// The process dies, alone or with the power. Fails when the target is not as it must be then.
  Status kill();
  Status cut_power(uint64_t seed, Garbage garbage = Garbage::own_bytes);

  /// finish() is called, and has returned.
  void finishing() { finishing_ = true; }
  void finished();

  /// After a completed process: the target is there, with its time, and nothing else.
  Status check_end() const;

 private:
  Status check_target() const;
  void find_out_what_is_gone();

  std::optional<Bytes> older_;
  bool boot_id_hidden_ = false;
  unsigned boots_ = 1;
  bool finishing_ = false;
  bool finished_ = false;
};

}  // namespace ftpull::crash
