// A disk in memory that crashes: what stands on it for good, and beside that what has been done to
// it since without a flush.
//
// It promises what POSIX promises and no more:
//
//   sync_data     the file's bytes and length stay; its name and its time may not
//   sync_folder   the names in this folder stay; what is in the files may not
//   a kill        nothing is lost but the locks: the kernel has everything that was done
//   a power cut   every change to a file that was not flushed is, each by itself, kept or lost, and
//                 a write also torn, any of its sectors kept and the others not (page writeback and
//                 disks reorder), or now and then garbage in all of its sectors
//
// So a flushed file may have no name, and a renamed one old contents. Names are the one thing that
// keeps an order: of the creates, renames and removes in one folder a prefix is kept, because file
// systems write them through a log, in the order in which they were made. A rename is there whole
// or not at all.
//
// Only operations that change something are counted: a crash between two of them leaves the same
// disk wherever it comes. Folders need not exist and are not kept; renames stay within one. One
// thread.
//
// Two images of each file are kept, what a process sees and what is durable, and the changes that
// lead from one to the other: a flush replays them on the durable image, a power cut those that the
// seed lets through. Nothing is done for each sector before that.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dice.h"
#include "store/disk.h"

namespace ftpull::crash {

using Bytes = std::vector<std::byte>;

/// How far the garbage goes that a power cut leaves of a write.
enum class Garbage {
  own_bytes,      // the bytes that were being written: disks that finish the sector they are at
  whole_sectors,  // also what stood, flushed, in the same sectors
};

class CrashDisk final : public store::Disk {
 public:
  static constexpr uint64_t kSectorBytes = 512;
  static constexpr uint64_t kPageBytes = 4096;

  CrashDisk() = default;
  /// Only before a file is open.
  CrashDisk(CrashDisk&&) = default;

  /// The next `operations` work, and nothing after them, as for a process that is dead. With
  /// `tears` the write that the crash interrupts has brought the first half of its pages: between
  /// two pages is where a kernel notices that the process is to die.
  void crash_after(uint64_t operations, bool tears = false);
  bool crashed() const { return crashed_; }
  /// Since the last kill() or reboot().
  uint64_t operations() const { return operations_; }

  /// The process dies: locks and open files end, all else stays as it is, flushed or not. The disk
  /// is healthy after it.
  void kill();
  /// The power goes and comes back: `seed` decides what has become of what was not flushed.
  void reboot(uint64_t seed, std::string boot_id, Garbage garbage = Garbage::own_bytes);

  /// A file that has been there for long.
  void put(const std::filesystem::path& path, Bytes bytes);
  /// As a process sees it. Null when there is no such file.
  const Bytes* contents(const std::filesystem::path& path) const;
  std::optional<std::time_t> mtime(const std::filesystem::path& path) const;
  /// All paths in order.
  std::vector<std::string> names() const;

  Result<std::unique_ptr<store::File>> open(const std::filesystem::path& path,
                                            store::OpenMode mode) override;
  Result<std::optional<store::FileInfo>> info(const std::filesystem::path& path) override;
  Status rename(const std::filesystem::path& from, const std::filesystem::path& to,
                bool replace) override;
  Status remove(const std::filesystem::path& path) override;
  Status sync_folder(const std::filesystem::path& folder) override;
  std::string boot_id() override { return boot_id_; }

 private:
  friend class CrashFile;

  struct Write {
    uint64_t offset;
    Bytes bytes;
  };
  struct Allocate {
    uint64_t size_bytes;
  };
  struct Truncate {
    uint64_t size_bytes;
  };
  struct SetTime {
    std::time_t mtime;
  };
  using Change = std::variant<Write, Allocate, Truncate, SetTime>;

  struct Image {
    Bytes bytes;
    std::time_t mtime = 0;

    void put(std::span<const std::byte> from, uint64_t offset);
    void apply(const Change& change);
  };

  struct Inode {
    Image seen;
    Image durable;
    std::vector<Change> unsynced;
    const void* lock_holder = nullptr;

    void change(Change change);
    void sync_data();
    void lose_power(Dice& dice, Garbage garbage);
  };

  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  /// `removed` goes, then `inode` gets the name `linked`; either may be empty.
  struct NameChange {
    std::string removed;
    std::string linked;
    std::shared_ptr<Inode> inode;
  };

  static void tear(Image& image, const Write& write, Dice& dice);
  static void spoil(Image& image, const Write& write, Dice& dice, Garbage garbage);
  static void apply(const NameChange& change, Names& names);
  const Inode* find(const std::filesystem::path& path) const;
  void change_name(const std::filesystem::path& folder, NameChange change);
  void start_process();
  Status look(std::string_view name, const std::filesystem::path& path) const;
  Status begin(std::string_view name, const std::filesystem::path& path);

  Names seen_names_;
  Names durable_names_;
  std::map<std::string, std::vector<NameChange>> unsynced_names_;  // by folder
  std::string boot_id_ = "boot 1";
  uint64_t process_ = 1;
  uint64_t operations_ = 0;
  std::optional<uint64_t> last_operation_;
  bool tears_ = false;
  bool crashed_ = false;
};

}  // namespace ftpull::crash
