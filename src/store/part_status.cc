#include "ftpull/part_status.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/disk.h"
#include "store/journal.h"
#include "store/part_file.h"

namespace ftpull {
namespace {

namespace fs = std::filesystem;

/// NAME from NAME, NAME.part or NAME.part.journal.
fs::path target_of(const fs::path& path) {
  const std::string_view name = path.native();
  for (const std::string_view ending : {".part.journal", ".part"}) {
    if (path.filename().native().size() > ending.size() && name.ends_with(ending)) {
      return name.substr(0, name.size() - ending.size());
    }
  }
  return path;
}

/// Holds the lock only as long as it takes to ask, so that a download that starts is not turned
/// away.
Result<bool> try_lock(store::Disk& disk, const fs::path& journal) {
  auto file = disk.open(journal, store::OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  return (*file)->try_lock();
}

void count_segments(const store::Journal& journal, PartStatus& status) {
  for (uint64_t segment = 0; segment < journal.header().segments(); ++segment) {
    const bool finished = journal.finished(segment) || journal.durable(segment);
    const uint64_t bytes = journal.segment_range(segment).size();
    status.map += finished ? '#' : '.';
    if (finished) status.done_bytes += bytes;
    if (journal.durable(segment)) status.durable_bytes += bytes;
  }
  for (const auto& [slot, tail] : journal.tails()) {
    if (status.map[tail.segment] != '.') continue;
    status.map[tail.segment] = '+';
    status.done_bytes += tail.bytes;
  }
}

}  // namespace

Result<PartStatus> read_part_status(const fs::path& path) {
  store::Disk& disk = store::posix_disk();
  const fs::path target = target_of(path);
  PartStatus status;
  status.part = store::part_path(target);
  status.journal = store::journal_path(target);
  const auto found = disk.info(status.journal);
  if (!found) return tl::make_unexpected(found.error());
  if (!found->has_value()) {
    const auto finished = disk.info(target);
    const bool complete = finished && finished->has_value();
    return fail(ErrorKind::not_found,
                fmt::format("there is no unfinished download of {}", for_display(target.native())),
                {}, complete ? "The file is complete" : "");
  }
  auto locked = try_lock(disk, status.journal);
  if (!locked) return tl::make_unexpected(locked.error());
  status.in_use = !*locked;
  auto file = disk.open(status.journal, store::OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  auto journal = store::Journal::load(std::move(*file));
  if (!journal) return tl::make_unexpected(journal.error());

  const store::Header& header = (*journal)->header();
  status.url = header.identity.url;
  status.size_bytes = header.identity.size_bytes;
  status.mdtm = header.identity.mdtm;
  status.segment_bytes = header.segment_bytes;
  status.created = header.created_unix;
  count_segments(**journal, status);
  return status;
}

}  // namespace ftpull
