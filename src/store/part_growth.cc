#include "store/part_growth.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "store/part_file.h"
#include "store/part_names.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

bool is_whole(const Journal& journal, uint64_t segment) {
  return journal.segment_range(segment).size() == journal.header().segment_bytes;
}

/// The first and the last whole segment are claimed, the others are there.
Status copy_segments(const Journal& then, Journal& now) {
  std::optional<uint64_t> last;
  for (uint64_t segment = 0; segment < then.header().segments(); ++segment) {
    if (then.finished(segment) && is_whole(then, segment)) last = segment;
  }
  for (uint64_t segment = 0; last && segment <= *last; ++segment) {
    if (!then.finished(segment) || !is_whole(then, segment)) continue;
    const bool proves = segment == 0 || segment == *last;
    const auto copied =
        proves ? now.claim_segment(segment, then.digest(segment))
               : now.finish_segment(segment, then.digest(segment), then.begins_range(segment));
    if (!copied) return copied;
  }
  return {};
}

/// Of a slot the longest tail. A short last segment is no longer whole: it becomes a tail.
Status copy_tails(const Journal& then, Journal& now) {
  std::set<uint64_t> taken;
  for (const auto& [slot, tail] : then.tails()) {
    if (tail.segment == 0 || then.finished(tail.segment)) continue;
    if (!taken.insert(slot).second) continue;
    if (auto written = now.write_tail(slot, tail); !written) return written;
  }
  const uint64_t segments = then.header().segments();
  if (segments < 2 || !then.finished(segments - 1) || is_whole(then, segments - 1)) return {};
  for (uint64_t slot = 0; slot < kSlots; ++slot) {
    if (taken.contains(slot)) continue;
    const uint64_t last = segments - 1;
    return now.write_tail(
        slot, {last, then.segment_range(last).size(), then.digest(last), then.begins_range(last)});
  }
  return {};
}

Status copy_seams(const Journal& then, Journal& now) {
  for (const auto& [place, record] : then.seams()) {
    const auto lead = std::span(record.lead).first(record.length);
    if (auto written = now.write_seam(place, Seam(record.begin, lead)); !written) return written;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<File>> grow_journal(Disk& disk, const fs::path& target, const Journal& then,
                                           const Identity& now) {
  const fs::path next = next_journal_path(target);
  Header header = then.header();
  header.identity = now;
  header.has_claims = true;
  const auto grown = disk.open(next, OpenMode::create).and_then([&](std::unique_ptr<File> file) {
    return Journal::create(std::move(file), header, then.boot_id());
  });
  if (!grown) return tl::make_unexpected(grown.error());
  // The one who calls holds the lock on the journal that is replaced.
  return copy_segments(then, **grown)
      .and_then([&] { return copy_tails(then, **grown); })
      .and_then([&] { return copy_seams(then, **grown); })
      .and_then([&] { return (*grown)->sync(); })
      .and_then([&] { return disk.rename(next, journal_path(target), true); })
      .and_then([&] { return disk.sync_folder(folder_of(target)); })
      .and_then([&] { return lock_journal(disk, target); });
}

Status grow_from_finished(Disk& disk, const fs::path& target, PartFile& part,
                          const StopAsked& stop_asked) {
  const auto from = disk.open(target, OpenMode::read);
  if (!from) return tl::make_unexpected(from.error());
  const auto size = (*from)->size();
  if (!size) return tl::make_unexpected(size.error());
  const uint64_t segment_bytes = part.segment_bytes();
  const uint64_t whole = *size / segment_bytes;
  if (whole == 0) return {};
  const auto copy = [&](Range range) -> Status {
    if (range.empty()) return {};
    const auto writer = part.writer(range.begin);
    Status written;
    const auto read = read_pieces(
        **from, {writer->wire_begin(), range.end},
        [&](std::span<const std::byte> piece) {
          if (written) written = writer->write(piece);
        },
        stop_asked);
    return read ? written : read;
  };
  const auto claim = [&](uint64_t segment) -> Status {
    PartialSegment state;
    return read_pieces(
               **from, {segment * segment_bytes, (segment + 1) * segment_bytes},
               [&](std::span<const std::byte> piece) { state.add(piece); }, stop_asked)
        .and_then([&] { return part.claim(segment, state.digest()); });
  };
  // Before anything is there: a part that is only half filled does not go without the proof.
  const uint64_t last = whole - 1;
  return claim(0)
      .and_then([&] { return claim(last); })
      .and_then([&] {
        return copy({segment_bytes, last * segment_bytes});
      })
      .and_then([&] {
        return copy({whole * segment_bytes, *size});
      });
}

}  // namespace ftpull::store
