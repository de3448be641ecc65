#include "transfer/mirror_tally.h"

#include <algorithm>
#include <utility>

namespace ftpull {

std::string_view mirror_status_name(MirrorStatus status) {
  switch (status) {
    case MirrorStatus::fetched:
      return "fetched";
    case MirrorStatus::kept:
      return "kept";
    case MirrorStatus::linked:
      return "linked";
    case MirrorStatus::made:
      return "made";
    case MirrorStatus::removed:
      return "removed";
    case MirrorStatus::refused:
      return "refused";
    case MirrorStatus::denied:
      return "denied";
    case MirrorStatus::failed:
      break;
  }
  return "failed";
}

}  // namespace ftpull

namespace ftpull::transfer {

void MirrorTally::add(MirrorItem item) {
  const bool is_file = item.type == EntryType::file;
  switch (item.status) {
    case MirrorStatus::fetched:
      ++totals_.fetched;
      break;
    case MirrorStatus::kept:
      if (is_file) {
        ++totals_.kept;
        totals_.kept_bytes += item.size_bytes.value_or(0);
      } else {
        ++totals_.links;
      }
      break;
    case MirrorStatus::linked:
      ++totals_.links;
      break;
    case MirrorStatus::made:
      break;
    case MirrorStatus::removed:
      ++totals_.removed;
      break;
    case MirrorStatus::refused:
      ++totals_.refused;
      break;
    case MirrorStatus::denied:
      ++totals_.denied;
      break;
    case MirrorStatus::failed:
      ++totals_.failed;
      break;
  }
  const bool is_here =
      is_file && (item.status == MirrorStatus::fetched || item.status == MirrorStatus::kept);
  if (records_ && is_here) {
    unwritten_.push_back({item.path, item.size_bytes, item.mtime_unix_seconds, item.xxh3_128,
                          item.status == MirrorStatus::kept});
  }
  observer_.on_item(item);
}

void MirrorTally::add_gap(MirrorItem item) {
  ++totals_.gaps;
  observer_.on_item(item);
}

TimePoint MirrorTally::report(uint64_t received_bytes, bool listing, int sessions, TimePoint now) {
  if (reported_ && now < *reported_ + kReportInterval) return *reported_ + kReportInterval;
  if (!reported_) rate_.start(now);
  // What was found to be wrong is not counted any more.
  rate_.add(received_bytes - std::min(received_bytes, received_bytes_), now);
  received_bytes_ = received_bytes;
  reported_ = now;
  observer_.on_mirror_progress({totals_, listing, rate_.per_second(now), sessions});
  return now + kReportInterval;
}

}  // namespace ftpull::transfer
