#include "store/part_names.h"

#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/journal.h"

namespace ftpull::store {

namespace fs = std::filesystem;

fs::path part_path(const fs::path& target) {
  return fs::path(target) += ".part";
}
fs::path journal_path(const fs::path& target) {
  return fs::path(target) += ".part.journal";
}
fs::path next_journal_path(const fs::path& target) {
  return fs::path(target) += ".part.journal.new";
}
fs::path digests_path(const fs::path& target) {
  return fs::path(target) += ".digests";
}

fs::path target_of(const fs::path& name) {
  const std::string_view text = name.native();
  for (const std::string_view ending : {".part.journal", ".part", ".digests"}) {
    if (name.filename().native().size() > ending.size() && text.ends_with(ending)) {
      return text.substr(0, text.size() - ending.size());
    }
  }
  return name;
}

fs::path folder_of(const fs::path& target) {
  return target.parent_path();
}

Result<fs::path> set_aside(Disk& disk, const fs::path& target, bool has_journal) {
  constexpr int kMostNames = 1000;
  for (int n = 1; n <= kMostNames; ++n) {
    const fs::path part = part_path(target) += fmt::format(".old-{}", n);
    const fs::path journal = fs::path(part) += ".journal";
    const auto taken = disk.info(part);
    if (!taken) return tl::make_unexpected(taken.error());
    const auto journal_taken = disk.info(journal);
    if (!journal_taken) return tl::make_unexpected(journal_taken.error());
    if (taken->has_value() || journal_taken->has_value()) continue;
    auto moved = disk.rename(part_path(target), part, false);
    if (moved && has_journal) moved = disk.rename(journal_path(target), journal, false);
    if (moved && !has_journal) moved = disk.remove(journal_path(target));
    if (moved) moved = disk.sync_folder(folder_of(target));
    if (!moved) return tl::make_unexpected(moved.error());
    return part;
  }
  return fail(ErrorKind::disk,
              fmt::format("too many parts set aside beside {}", for_display(target.native())), {},
              "Remove the files that end in .part.old-N");
}

Status remove_part(Disk& disk, const fs::path& target) {
  // The data first: a journal that stays alone is cleared away by the next run.
  return disk.remove(part_path(target)).and_then([&] { return disk.remove(journal_path(target)); });
}

Result<std::unique_ptr<File>> lock_journal(Disk& disk, const fs::path& target) {
  const fs::path path = journal_path(target);
  // The one who held the lock may have finished and removed the file between our open and our lock;
  // one who only asks how far it is holds the lock for a moment.
  constexpr int kAttempts = 5;
  constexpr auto kPatience = std::chrono::milliseconds(20);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto file = disk.open(path, OpenMode::create);
    if (!file) return file;
    const auto locked = (*file)->try_lock();
    if (!locked) return tl::make_unexpected(locked.error());
    if (!*locked && attempt + 1 < kAttempts) {
      std::this_thread::sleep_for(kPatience);
      continue;
    }
    if (!*locked) {
      return fail(ErrorKind::disk,
                  fmt::format("{} is being fetched by {}", for_display(target.native()),
                              read_owner(**file)),
                  {}, "Wait for it to end, or choose another name with -o");
    }
    const auto named = (*file)->still_named();
    if (!named) return tl::make_unexpected(named.error());
    if (*named) return file;
  }
  return fail(ErrorKind::disk, fmt::format("{} keeps being replaced", for_display(path.native())));
}

}  // namespace ftpull::store
