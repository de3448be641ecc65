// Small files on their way into a LocalTree: each is written under a number in a folder of its own
// within the tree, and gets its name when it is complete and, unless that is not wanted, on stable
// storage. So no name ever stands for half a file, after a power cut neither; and because one
// syncfs(2) does for many files, that costs next to nothing.
//
//   .ftpull-mirror/index   one line for each complete file that has no name yet, and the lock
//   .ftpull-mirror/7       its bytes
//
// A line is "NUMBER SIZE MTIME PERMISSIONS XXH3-128 PATH"; "-" where nothing is to be set. It is
// written before anything else is done with the file. So a run that was killed costs only the files
// that were under way: recover() of the next one gives names to those whose bytes are what the
// index says, and removes the others.
//
// Threads: begin() on any one thread, StagedFile::write() on others, all the rest one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/sink.h"
#include "core/xxh3.h"
#include "store/local_tree.h"

namespace ftpull::store {

class StagedFile final : public Sink {
 public:
  StagedFile(const LocalTree& tree, uint64_t number);

  Status write(std::span<const std::byte> bytes) override;

  uint64_t number() const { return number_; }
  uint64_t size_bytes() const { return size_bytes_; }
  /// Hex, of what was written.
  std::string xxh3_128() const;

 private:
  friend class Staging;
  struct FreeState {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };

  Status open();

  const LocalTree& tree_;
  const uint64_t number_;
  std::unique_ptr<File> file_;  // opened with the first byte
  std::unique_ptr<XXH3_state_t, FreeState> hash_;
  uint64_t size_bytes_ = 0;
};

class Staging {
 public:
  static constexpr const char* kFolder = ".ftpull-mirror";

  /// A file that is complete.
  struct Complete {
    std::unique_ptr<StagedFile> file;
    std::string path;  // that it is to have
    std::optional<int64_t> mtime;
    std::optional<unsigned> permissions;
    /// Set by publish(): why it has not got its name.
    std::optional<Error> error{};
  };

  /// Makes the folder where it is missing. Fails with disk where another process uses it. The tree
  /// must outlive it. `syncs`: files are on stable storage before they get their names.
  static Result<std::unique_ptr<Staging>> open(const LocalTree& tree, bool syncs);

  /// What an earlier run left; how many files got their names. Before anything else.
  Result<uint64_t> recover();

  std::unique_ptr<StagedFile> begin() { return std::make_unique<StagedFile>(tree_, next_++); }
  /// They will not be lost from here on.
  Status seal(const std::vector<Complete*>& files);
  /// Gives names to files that are sealed, all of them. Fails where they cannot be flushed: they
  /// are not given any then, nor are those that come after.
  Status publish(const std::vector<Complete*>& files);
  /// Removes the folder.
  Status close();

 private:
  Staging(const LocalTree& tree, bool syncs, std::unique_ptr<File> index)
      : tree_(tree), syncs_(syncs), index_(std::move(index)) {}
  Result<std::vector<std::string>> read_index() const;
  Result<bool> recover_line(const std::string& line);
  Status clear();

  const LocalTree& tree_;
  const bool syncs_;
  const std::unique_ptr<File> index_;
  uint64_t index_bytes_ = 0;
  uint64_t next_ = 1;
  std::optional<Error> failed_;
};

}  // namespace ftpull::store
