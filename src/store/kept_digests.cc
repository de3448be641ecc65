#include "store/kept_digests.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/part_names.h"
#include "store/range_writer.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

/// As it stands in the journal.
Result<uint64_t> digest_of(File& data, Range range, const StopAsked& stop_asked = {}) {
  PartialSegment state;
  return read_pieces(
             data, range, [&](std::span<const std::byte> piece) { state.add(piece); }, stop_asked)
      .map([&] { return state.digest(); });
}

bool touches_any(const std::vector<Range>& ranges, Range range) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& other) {
    return other.begin < range.end && range.begin < other.end;
  });
}

Result<std::unique_ptr<Journal>> load_kept(Disk& disk, const fs::path& target) {
  return disk.open(digests_path(target), OpenMode::read).and_then([](std::unique_ptr<File> file) {
    return Journal::load(std::move(file));
  });
}

/// What is kept of the segments, with those that are bad claimed.
Status copy_digests(const Journal& kept, Journal& journal, const std::vector<Range>& bad) {
  for (uint64_t segment = 0; segment < kept.header().segments(); ++segment) {
    const uint64_t digest = kept.digest(segment);
    const auto done = touches_any(bad, kept.segment_range(segment))
                          ? journal.claim_segment(segment, digest)
                          : journal.finish_segment(segment, digest);
    if (!done) return done;
  }
  return {};
}

bool is_complete(const Journal& journal) {
  for (uint64_t segment = 0; segment < journal.header().segments(); ++segment) {
    if (!journal.finished(segment)) return false;
  }
  return journal.header().identity.size_bytes.has_value();
}

/// Digests every segment into a journal of its own, which has no name that counts yet.
Status digest_all(Disk& disk, const fs::path& path, File& data, const Header& header,
                  const StopAsked& stop_asked) {
  auto journal = disk.open(path, OpenMode::create).and_then([&](std::unique_ptr<File> file) {
    return Journal::create(std::move(file), header, {});
  });
  if (!journal) return tl::make_unexpected(journal.error());
  for (uint64_t segment = 0; segment < header.segments(); ++segment) {
    const auto digest = digest_of(data, (*journal)->segment_range(segment), stop_asked);
    if (!digest) return tl::make_unexpected(digest.error());
    if (auto done = (*journal)->finish_segment(segment, *digest); !done) return done;
  }
  return (*journal)->sync();
}

}  // namespace

Status write_digests(Disk& disk, const fs::path& target, File& data, Identity identity,
                     const StopAsked& stop_asked) {
  const auto size = data.size();
  if (!size) return tl::make_unexpected(size.error());
  identity.size_bytes = *size;
  const Header header{std::move(identity), choose_segment_bytes(*size)};
  const fs::path next = next_journal_path(target);
  auto written = digest_all(disk, next, data, header, stop_asked).and_then([&] {
    return disk.rename(next, digests_path(target), true);
  });
  // What stopped it is what to report.
  if (!written) static_cast<void>(disk.remove(next));
  return written.and_then([&] { return disk.sync_folder(folder_of(target)); });
}

Status settle_leftover_journal(Disk& disk, const fs::path& target, bool keep_digests) {
  const fs::path left = journal_path(target);
  const auto journal = disk.info(left);
  if (!journal) return tl::make_unexpected(journal.error());
  const auto part = disk.info(part_path(target));
  if (!part) return tl::make_unexpected(part.error());
  if (!journal->has_value() || part->has_value()) return {};
  const auto kept = disk.info(digests_path(target));
  if (!kept) return tl::make_unexpected(kept.error());

  auto file = disk.open(left, OpenMode::update);
  if (!file) return tl::make_unexpected(file.error());
  const auto locked = (*file)->try_lock();
  if (!locked) return tl::make_unexpected(locked.error());
  if (!*locked) return {};
  const auto loaded = Journal::load(std::move(*file));
  const bool wanted = keep_digests || kept->has_value();
  if (!wanted || !loaded || !is_complete(**loaded)) return disk.remove(left);
  return disk.rename(left, digests_path(target), true).and_then([&] {
    return disk.sync_folder(folder_of(target));
  });
}

Result<std::vector<Range>> find_bad_ranges(const Journal& journal, File& data,
                                           const std::function<void(uint64_t)>& advanced) {
  RangeSet bad;
  const auto check = [&](Range range, uint64_t digest) {
    return digest_of(data, range).map([&](uint64_t found) {
      if (found != digest) bad.add(range);
      advanced(range.size());
    });
  };
  for (uint64_t segment = 0; segment < journal.header().segments(); ++segment) {
    if (!journal.finished(segment)) continue;
    const auto checked = check(journal.segment_range(segment), journal.digest(segment));
    if (!checked) return tl::make_unexpected(checked.error());
  }
  // The longest tail of a segment comes first; the others are from earlier.
  std::set<uint64_t> seen;
  for (const auto& [slot, tail] : journal.tails()) {
    if (journal.finished(tail.segment) || !seen.insert(tail.segment).second) continue;
    const uint64_t begin = journal.segment_range(tail.segment).begin;
    const auto checked = check({begin, begin + tail.bytes}, tail.digest);
    if (!checked) return tl::make_unexpected(checked.error());
  }
  return bad.ranges();
}

Status reopen_finished(Disk& disk, const fs::path& target, const Identity& identity,
                       const std::vector<Range>& bad) {
  const std::string name = for_display(target.native());
  const auto part = disk.info(part_path(target));
  if (!part) return tl::make_unexpected(part.error());
  if (part->has_value()) {
    return fail(ErrorKind::disk, fmt::format("there is an unfinished download of {} too", name), {},
                "Finish that one first, or remove " + for_display(part_path(target).native()));
  }
  const auto kept = load_kept(disk, target);
  if (!kept) return tl::make_unexpected(kept.error());
  Header header = (*kept)->header();
  if (header.identity.size_bytes != identity.size_bytes) {
    return fail(ErrorKind::changed,
                fmt::format("{} cannot be repaired: the remote file has another size, or the "
                            "server does not tell it",
                            name),
                {}, "To fetch the file as it is now, use ftpull get --restart");
  }
  header.identity = identity;
  header.has_claims = true;
  const auto data = disk.open(target, OpenMode::update);
  if (!data) return tl::make_unexpected(data.error());
  const auto journal = lock_journal(disk, target).and_then([&](std::unique_ptr<File> file) {
    return Journal::create(std::move(file), header, disk.boot_id());
  });
  if (!journal) return tl::make_unexpected(journal.error());
  return copy_digests(**kept, **journal, bad)
      .and_then([&] { return (*journal)->checkpoint(**data); })
      .and_then([&] { return (*journal)->sync(); })
      .and_then([&] { return disk.rename(target, part_path(target), false); })
      .and_then([&] { return disk.sync_folder(folder_of(target)); });
}

}  // namespace ftpull::store
