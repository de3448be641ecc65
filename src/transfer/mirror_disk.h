// The local side of a mirror: all that blocks, as plain functions, one of which runs at a time, on
// any thread. It decides nothing: what is to be done comes as a plan.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ftpull/mirror.h"

#include "store/local_tree.h"
#include "store/manifest.h"
#include "store/staging.h"
#include "transfer/mirror_plan.h"

namespace ftpull::transfer {

class MirrorDisk {
 public:
  struct Options {
    std::filesystem::path folder;
    std::filesystem::path trash;     // empty: none
    std::filesystem::path manifest;  // empty: none
    std::string manifest_url;        // that it is of
    int64_t now_unix_seconds = 0;
    bool dry_run = false;
    bool syncs = true;  // files are on stable storage before they get their names
    bool permissions = false;
    bool checksum = false;
    uint64_t max_remove = 0;
  };

  /// A folder's plan, and what has been done of it: all but fetching.
  struct Compared {
    FolderPlan plan;
    struct Failed {
      std::string name;
      EntryType type;
      Error error;
    };
    std::vector<Failed> failed;        // taken out of the plan
    std::vector<std::string> digests;  // of plan.kept; empty where not known
  };

  struct Removed {
    struct Item {
      std::string path;
      EntryType type;
      std::optional<Error> error;
    };
    std::vector<Item> items;
    std::optional<Error> refused;  // why nothing was removed
  };

  explicit MirrorDisk(Options options) : options_(std::move(options)) {}

  /// Opens the folder, of a dry run if it is there, gives names to what an earlier run left
  /// complete, and begins the manifest.
  Status open();
  /// Whether two names that differ in case are one there.
  bool folds_names() const { return folds_names_; }
  /// Valid after open(), and not of a dry run.
  store::LocalTree& tree() const { return *tree_; }
  store::Staging& staging() const { return *staging_; }

  /// `listed`: of the folder `path`. Makes folders and links, and takes away what stands in the
  /// way.
  Compared compare(const std::string& path, int depth, const std::vector<Entry>& listed,
                   const PlanRules& rules);

  /// Removes what is only here, with all that is in it but for what `keeps`.
  Removed remove(const std::vector<std::string>& extras,
                 const std::function<bool(const std::string& path, bool is_folder)>& keeps);

  Status set_permissions(const std::string& path, unsigned permissions) {
    return tree_->set_permissions(path, permissions);
  }

  Status record(const std::vector<store::ManifestRecord>& records);

  /// Long work under way ends soon.
  void interrupt() { stopped_ = true; }
  /// What an interrupted run has not brought to its end, the next one finds: the staging's folder
  /// stays unless it is empty, and so does the manifest's FILE.part unless the mirror came to its
  /// end.
  Status close(bool is_at_end);

 private:
  struct Doomed {
    std::string path;
    EntryType type;
  };

  Status check_places() const;
  Status find_out_folding();
  Status read_manifest();
  Status begin_manifest();
  bool is_own(const std::string& path) const;
  Status clear(const std::string& path) { return tree_->remove(path); }
  void carry_out(const std::string& path, Compared& compared);
  void check_kept(const std::string& path, Compared& compared);
  bool has_other_digest(const std::string& path, const FolderPlan::Kept& kept, std::string& digest);
  /// False where something in it is kept.
  Result<bool> collect(const std::string& path, bool is_folder,
                       const std::function<bool(const std::string&, bool)>& keeps,
                       std::vector<Doomed>& doomed) const;
  Status remove_one(const Doomed& doomed);
  Status move_to_trash(const Doomed& doomed);

  const Options options_;
  std::atomic<bool> stopped_ = false;
  bool folds_names_ = false;
  std::unique_ptr<store::LocalTree> tree_;  // null: a dry run into a folder that is not there
  std::unique_ptr<store::Staging> staging_;
  std::unique_ptr<store::LocalTree> trash_;
  std::optional<store::Manifest> earlier_;
  std::optional<store::ManifestWriter> manifest_;
  std::vector<std::string> own_;  // paths in the tree that are ours
};

}  // namespace ftpull::transfer
