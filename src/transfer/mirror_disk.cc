#include "transfer/mirror_disk.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/file_digest.h"
#include "store/part_names.h"
#include "transfer/permissions.h"

namespace ftpull::transfer {
namespace {

namespace fs = std::filesystem;
using Kind = store::LocalItem::Kind;

/// A name that is free in the trash is found among so many.
constexpr int kMostNamesInTrash = 1000;

EntryType type_of(Kind kind) {
  switch (kind) {
    case Kind::file:
      return EntryType::file;
    case Kind::folder:
      return EntryType::folder;
    case Kind::link:
      return EntryType::link;
    case Kind::other:
      break;
  }
  return EntryType::other;
}

}  // namespace

Status MirrorDisk::open() {
  std::error_code ignored;
  if (options_.dry_run && !fs::is_directory(options_.folder, ignored)) return {};
  auto tree = store::LocalTree::open(options_.folder);
  if (!tree) return tl::make_unexpected(tree.error());
  tree_ = *std::move(tree);
  if (auto read = read_manifest(); !read || options_.dry_run) return read;
  if (auto usable = check_places(); !usable) return usable;
  auto staging = store::Staging::open(*tree_, options_.syncs);
  if (!staging) return tl::make_unexpected(staging.error());
  staging_ = *std::move(staging);
  if (auto recovered = staging_->recover(); !recovered) {
    return tl::make_unexpected(recovered.error());
  }
  if (auto found = find_out_folding(); !found) return found;
  return begin_manifest();
}

/// That of an earlier run.
Status MirrorDisk::read_manifest() {
  own_.emplace_back(store::Staging::kFolder);
  if (options_.manifest.empty()) return {};
  for (const fs::path& path : {options_.manifest, store::part_path(options_.manifest)}) {
    std::error_code error;
    const fs::path within = fs::weakly_canonical(path, error)
                                .lexically_relative(fs::weakly_canonical(options_.folder, error));
    if (!within.empty() && *within.begin() != "..") own_.push_back(within.native());
  }
  auto manifest = store::Manifest::read(store::posix_disk(), options_.manifest);
  if (manifest) {
    earlier_ = *std::move(manifest);
  } else if (manifest.error().kind != ErrorKind::not_found) {
    return tl::make_unexpected(manifest.error());
  }
  return {};
}

Status MirrorDisk::begin_manifest() {
  if (options_.manifest.empty()) return {};
  auto manifest = store::ManifestWriter::create(store::posix_disk(), options_.manifest,
                                                options_.manifest_url, options_.now_unix_seconds);
  if (!manifest) return tl::make_unexpected(manifest.error());
  manifest_.emplace(*std::move(manifest));
  return {};
}

Status MirrorDisk::record(const std::vector<store::ManifestRecord>& records) {
  for (const store::ManifestRecord& record : records) {
    if (auto added = manifest_->add(record); !added) return added;
  }
  return {};
}

Status MirrorDisk::close(bool is_at_end) {
  Status closed = staging_ ? staging_->close() : Status();
  if (!manifest_) return closed;
  Status written = is_at_end ? manifest_->finish() : manifest_->flush();
  return closed ? written : closed;
}

/// A trash within the tree would be mirrored away, and one elsewhere would have to be copied to.
Status MirrorDisk::check_places() const {
  if (options_.trash.empty()) return {};
  std::error_code error;
  const fs::path trash = fs::weakly_canonical(options_.trash, error);
  const fs::path folder = fs::weakly_canonical(options_.folder, error);
  const auto [end, _] = std::mismatch(folder.begin(), folder.end(), trash.begin(), trash.end());
  if (end == folder.end()) {
    return fail(ErrorKind::usage, "the trash is in the folder that is mirrored into", {},
                "Choose a folder outside of it, on the same file system");
  }
  return {};
}

Status MirrorDisk::find_out_folding() {
  const std::string probe = fmt::format("{}/probe", store::Staging::kFolder);
  auto file = tree_->open_file(probe, store::OpenMode::create);
  if (!file) return tl::make_unexpected(file.error());
  const auto folded = tree_->info(fmt::format("{}/PROBE", store::Staging::kFolder));
  folds_names_ = folded && *folded;
  return tree_->remove(probe);
}

MirrorDisk::Compared MirrorDisk::compare(const std::string& path, int depth,
                                         const std::vector<Entry>& listed, const PlanRules& rules) {
  Compared compared;
  std::vector<store::LocalItem> here;
  if (tree_) {
    auto items = tree_->list(path);
    if (!items) {
      compared.failed.push_back({{}, EntryType::folder, items.error()});
      return compared;
    }
    if (*items) here = std::move(**items);
  }
  compared.plan = plan_folder(path, depth, listed, here, own_, rules);
  check_kept(path, compared);
  if (!options_.dry_run) carry_out(path, compared);
  return compared;
}

/// With the digests of an earlier run.
void MirrorDisk::check_kept(const std::string& path, Compared& compared) {
  std::vector<FolderPlan::Kept> kept;
  for (FolderPlan::Kept& one : compared.plan.kept) {
    std::string digest;
    if (has_other_digest(join_path(path, one.entry.name), one, digest)) {
      compared.plan.fetch.push_back({std::move(one.entry), true, false});
      continue;
    }
    kept.push_back(std::move(one));
    compared.digests.push_back(std::move(digest));
  }
  compared.plan.kept = std::move(kept);
}

bool MirrorDisk::has_other_digest(const std::string& path, const FolderPlan::Kept& kept,
                                  std::string& digest) {
  const auto known = earlier_ ? earlier_->find(path) : std::nullopt;
  const bool is_of_it = known && known->size_bytes == kept.entry.size_bytes;
  if (is_of_it) digest = known->xxh3_128;
  if (!options_.checksum) return false;
  const auto found =
      store::xxh3_128_of_file(tree_->disk(), path, [this] { return stopped_.load(); });
  if (!found) return !stopped_;
  if (is_of_it && !digest.empty()) return digest != *found;
  digest = *found;
  return false;
}

/// What fails is taken out of the plan.
void MirrorDisk::carry_out(const std::string& path, Compared& compared) {
  FolderPlan& plan = compared.plan;
  const auto failing = [&](const std::string& name, EntryType type, const Status& status) {
    if (!status) compared.failed.push_back({name, type, status.error()});
    return !status;
  };
  std::erase_if(plan.fetch, [&](const FolderPlan::File& file) {
    return file.clears &&
           failing(file.entry.name, EntryType::file, clear(join_path(path, file.entry.name)));
  });
  std::erase_if(plan.folders, [&](const FolderPlan::Folder& folder) {
    const std::string its = join_path(path, folder.name);
    if (!folder.is_new) return false;
    if (folder.clears && failing(folder.name, EntryType::folder, clear(its))) return true;
    return failing(folder.name, EntryType::folder, tree_->make_folder(its));
  });
  std::erase_if(plan.links, [&](const FolderPlan::Link& link) {
    const std::string its = join_path(path, link.entry.name);
    if (link.replaces && failing(link.entry.name, EntryType::link, clear(its))) return true;
    return failing(link.entry.name, EntryType::link, tree_->make_link(its, link.entry.target));
  });
  if (!options_.permissions) return;
  for (const FolderPlan::Kept& kept : plan.kept) {
    const auto wanted = parse_permissions(kept.entry.permissions);
    if (!wanted || *wanted == kept.permissions) continue;
    failing(kept.entry.name, EntryType::file,
            set_permissions(join_path(path, kept.entry.name), *wanted));
  }
}

MirrorDisk::Removed MirrorDisk::remove(
    const std::vector<std::string>& extras,
    const std::function<bool(const std::string& path, bool is_folder)>& keeps) {
  Removed removed;
  std::vector<Doomed> doomed;
  for (const std::string& path : extras) {
    const auto item = tree_->info(path);
    if (!item || !*item) continue;
    const bool is_folder = (*item)->kind == Kind::folder;
    const auto all = collect(path, is_folder, keeps, doomed);
    if (!all) removed.items.push_back({path, type_of((*item)->kind), all.error()});
    if (all && *all) doomed.push_back({path, type_of((*item)->kind)});
  }
  if (doomed.size() > options_.max_remove) {
    removed.refused = Error{
        ErrorKind::usage,
        fmt::format("nothing was removed: {} files and folders would have been, and --max-delete "
                    "allows {}",
                    doomed.size(), options_.max_remove),
        {},
        "Look at what --dry-run says, and give a larger --max-delete"};
    return removed;
  }
  for (const Doomed& one : doomed) {
    if (stopped_) break;
    const Status gone = options_.dry_run ? Status() : remove_one(one);
    removed.items.push_back(
        {one.path, one.type, gone ? std::nullopt : std::optional(gone.error())});
  }
  return removed;
}

bool MirrorDisk::is_own(const std::string& path) const {
  return std::ranges::find(own_, path) != own_.end();
}

Result<bool> MirrorDisk::collect(const std::string& path, bool is_folder,
                                 const std::function<bool(const std::string&, bool)>& keeps,
                                 std::vector<Doomed>& doomed) const {
  if (!is_folder) return true;
  const auto items = tree_->list(path);
  if (!items) return tl::make_unexpected(items.error());
  bool all = true;
  for (const store::LocalItem& item : items->value_or(std::vector<store::LocalItem>())) {
    const std::string its = join_path(path, item.name);
    const bool below = item.kind == Kind::folder;
    if (is_own(its) || keeps(its, below)) {
      all = false;
      continue;
    }
    const auto inside = collect(its, below, keeps, doomed);
    if (!inside) return inside;
    if (*inside) doomed.push_back({its, type_of(item.kind)});
    all = all && *inside;
  }
  return all;
}

Status MirrorDisk::remove_one(const Doomed& doomed) {
  if (!options_.trash.empty() && doomed.type != EntryType::folder) return move_to_trash(doomed);
  return doomed.type == EntryType::folder ? tree_->remove_folder(doomed.path)
                                          : tree_->remove(doomed.path);
}

/// Under a name that nothing has there.
Status MirrorDisk::move_to_trash(const Doomed& doomed) {
  if (!trash_) {
    std::error_code error;
    fs::create_directories(options_.trash, error);
    auto trash = store::LocalTree::open(options_.trash);
    if (!trash) return tl::make_unexpected(trash.error());
    trash_ = *std::move(trash);
  }
  for (size_t slash = doomed.path.find('/'); slash != std::string::npos;
       slash = doomed.path.find('/', slash + 1)) {
    if (auto made = trash_->make_folder(doomed.path.substr(0, slash)); !made) return made;
  }
  std::string name = doomed.path;
  for (int i = 1; i < kMostNamesInTrash; ++i) {
    const auto there = trash_->info(name);
    if (!there) return tl::make_unexpected(there.error());
    if (!*there) break;
    name = fmt::format("{}.{}", doomed.path, i);
  }
  return tree_->move_to(*trash_, doomed.path, name);
}

}  // namespace ftpull::transfer
