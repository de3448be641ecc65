#include "ftpull/part_status.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/range.h"
#include "core/text.h"
#include "store/disk.h"
#include "store/journal.h"
#include "store/part_names.h"

namespace ftpull {
namespace {

namespace fs = std::filesystem;

/// Holds the lock only as long as it takes to ask, so that a download that starts is not turned
/// away.
Result<bool> try_lock(store::Disk& disk, const fs::path& journal) {
  auto file = disk.open(journal, store::OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  return (*file)->try_lock();
}

/// What is there of a segment that is not finished; of several accounts the longest, which is
/// first.
std::map<uint64_t, uint64_t> tail_bytes(const store::Journal& journal) {
  std::map<uint64_t, uint64_t> bytes;
  for (const auto& [slot, tail] : journal.tails()) bytes.emplace(tail.segment, tail.bytes);
  return bytes;
}

void count_segments(const store::Journal& journal, PartStatus& status) {
  const auto tails = tail_bytes(journal);
  RangeSet holes;
  for (uint64_t segment = 0; segment < journal.header().segments(); ++segment) {
    const Range range = journal.segment_range(segment);
    const bool finished = journal.finished(segment) || journal.durable(segment);
    const auto tail = tails.find(segment);
    const bool begun = !finished && tail != tails.end();
    const uint64_t there = finished ? range.size() : begun ? tail->second : 0;
    status.map += finished ? '#' : begun ? '+' : '.';
    status.done_bytes += there;
    if (journal.durable(segment)) status.durable_bytes += there;
    if (begun) status.tails.push_back({range.begin, range.begin + there});
    if (!finished) holes.add({range.begin + there, range.end});
  }
  for (const Range& hole : holes.ranges()) status.holes.push_back({hole.begin, hole.end});
}

}  // namespace

Result<PartStatus> read_part_status(const fs::path& path) {
  store::Disk& disk = store::posix_disk();
  const fs::path target = store::target_of(path);
  PartStatus status;
  status.part = store::part_path(target);
  status.journal = store::journal_path(target);
  const auto found = disk.info(status.journal);
  if (!found) return tl::make_unexpected(found.error());
  const auto data = disk.info(status.part);
  if (!data) return tl::make_unexpected(data.error());
  // A journal alone is what a crash at the start or the end leaves.
  if (!found->has_value() || !data->has_value()) {
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
