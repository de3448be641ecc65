// What has to be done in one folder to make it equal to one on a server. Pure: two listings and the
// rules go in, actions come out; nothing is asked of anybody.
//
// A file is left as it is when its size is that which the server tells, and its time too where the
// server tells one. What has another type here is replaced, but never a folder that has
// something in it. Names that cannot be taken are refused: those with control characters, which
// terminals and scripts obey; those of our own files; on a file system that folds names, the second
// of two that are one there.
//
// A link is copied when its target is within the tree, told from its path alone: absolute ones, and
// those that climb out of it, are refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/entry.h"
#include "ftpull/error.h"
#include "ftpull/mirror.h"

#include "store/local_tree.h"
#include "transfer/server_clock.h"
#include "transfer/wanted_tree.h"

namespace ftpull::transfer {

struct PlanRules {
  const WantedTree& wanted;
  const ServerClock& clock;
  MirrorLinks links = MirrorLinks::copy;
  bool times = true;
  bool folds_names = false;  // the local file system
  bool removes = false;
};

struct FolderPlan {
  struct File {
    Entry entry;
    bool replaces = false;  // something is there that it takes the place of
    bool clears = false;    // which has to be removed first: it is no file
  };
  struct Folder {
    std::string name;
    bool is_new = false;
    bool clears = false;
    std::optional<unsigned> permissions{};  // to be set when all that is in it is there
  };
  struct Link {
    Entry entry;
    bool replaces = false;
  };
  struct Kept {
    Entry entry;
    int64_t mtime = 0;  // here
    unsigned permissions = 0;
  };
  struct Refused {
    std::string name;
    EntryType type = EntryType::file;
    Error error;
  };
  struct Extra {
    std::string name;
    bool is_folder = false;
  };

  std::vector<File> fetch;
  std::vector<Kept> kept;
  std::vector<Folder> folders;  // that are wanted, the new ones and the others
  std::vector<Link> links;      // to be made
  std::vector<Entry> kept_links;
  std::vector<Entry> follow;  // links whose targets are to be fetched in their place
  std::vector<Refused> refused;
  std::vector<Extra> extras;  // only here
  uint64_t left_out = 0;      // by the rules
};

/// `path` is that of the folder in the tree, `depth` 1 for the tree's own. `local` is empty where
/// there is no such folder here. `own`: paths in the tree that are neither taken nor removed.
FolderPlan plan_folder(const std::string& path, int depth, const std::vector<Entry>& remote,
                       const std::vector<store::LocalItem>& local,
                       const std::vector<std::string>& own, const PlanRules& rules);

/// "a/b" and "c" make "a/b/c".
std::string join_path(std::string_view folder, std::string_view name);

/// Where a link in the folder leads, as a path in the tree: empty when that is outside of it.
std::optional<std::string> target_in_tree(std::string_view folder, std::string_view target);

}  // namespace ftpull::transfer
