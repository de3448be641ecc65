#include "ftpull/verify.h"

#include <chrono>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "ftpull/fetch.h"

#include "core/rate_meter.h"
#include "core/text.h"
#include "core/time.h"
#include "store/kept_digests.h"
#include "store/part_names.h"

namespace ftpull {
namespace {

namespace fs = std::filesystem;

constexpr Duration kReportInterval = std::chrono::milliseconds(100);

std::string show(const fs::path& path) {
  return for_display(path.native());
}

/// What is to be read, and what it is to be compared with.
Result<VerifyResult> choose(store::Disk& disk, const fs::path& path) {
  VerifyResult result;
  result.target = store::target_of(path);
  const fs::path part = store::part_path(result.target);
  const bool part_is_meant = path == part || path == store::journal_path(result.target);
  const auto finished = disk.info(result.target);
  if (!finished) return tl::make_unexpected(finished.error());
  const bool finished_is_meant = finished->has_value() && !part_is_meant;
  result.path = finished_is_meant ? result.target : part;
  result.digests =
      finished_is_meant ? store::digests_path(result.target) : store::journal_path(result.target);
  const auto data = disk.info(result.path);
  if (!data) return tl::make_unexpected(data.error());
  if (!data->has_value()) {
    return fail(ErrorKind::not_found, fmt::format("there is no {}", show(path)));
  }
  const auto digests = disk.info(result.digests);
  if (!digests) return tl::make_unexpected(digests.error());
  if (digests->has_value()) return result;
  return fail(ErrorKind::not_found,
              fmt::format("there are no digests of {} to compare it with", show(result.path)), {},
              "They are kept when a file is fetched with --keep-digests");
}

/// Of a part the lock is taken, which the object holds.
Result<std::unique_ptr<store::Journal>> load(store::Disk& disk, const VerifyResult& result) {
  auto file = disk.open(result.digests, store::OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  if (result.path != result.target) {
    const auto locked = (*file)->try_lock();
    if (!locked) return tl::make_unexpected(locked.error());
    if (!*locked) {
      return fail(
          ErrorKind::disk,
          fmt::format("{} is being fetched by {}", show(result.target), store::read_owner(**file)),
          {}, "Wait for it to end");
    }
  }
  return store::Journal::load(std::move(*file)).map_error([&](Error error) {
    if (error.kind == ErrorKind::corrupt) {
      error.message = fmt::format("{}: {}", show(result.digests), error.message);
    }
    return error;
  });
}

/// Tells the observer now and then.
class Advance {
 public:
  Advance(Observer& observer, const VerifyResult& result)
      : observer_(observer), name_(result.path.filename().native()), size_(result.size_bytes) {
    rate_.start(std::chrono::steady_clock::now());
  }

  void operator()(uint64_t bytes) {
    const TimePoint now = std::chrono::steady_clock::now();
    done_ += bytes;
    rate_.add(bytes, now);
    if (now < next_report_) return;
    next_report_ = now + kReportInterval;
    FetchProgress progress;
    const std::string shown = for_display(name_);
    progress.name = shown;
    progress.size_bytes = size_;
    progress.done_bytes = done_;
    progress.bytes_per_second = rate_.per_second(now);
    observer_.on_progress(progress);
  }

  uint64_t done() const { return done_; }

 private:
  Observer& observer_;
  const std::string name_;
  const uint64_t size_;
  uint64_t done_ = 0;
  RateMeter rate_;
  TimePoint next_report_{};
};

}  // namespace

Result<VerifyResult> verify(const fs::path& path, Observer& observer) {
  store::Disk& disk = store::posix_disk();
  auto result = choose(disk, path);
  if (!result) return result;
  const auto journal = load(disk, *result);
  if (!journal) return tl::make_unexpected(journal.error());
  const store::Identity& identity = (*journal)->header().identity;
  result->url = identity.url;
  const auto data = disk.open(result->path, store::OpenMode::read);
  if (!data) return tl::make_unexpected(data.error());
  const auto size = (*data)->size();
  if (!size) return tl::make_unexpected(size.error());
  if (!identity.size_bytes) {
    return fail(ErrorKind::not_found,
                fmt::format("there are no digests of {}: the server did not tell its size",
                            show(result->path)));
  }
  result->size_bytes = *identity.size_bytes;
  if (*size != result->size_bytes) {
    return fail(ErrorKind::changed,
                fmt::format("{} is {} bytes long, and its digests are of {} bytes",
                            show(result->path), *size, result->size_bytes),
                {},
                "It is not what came from the server: to fetch it again, use ftpull get --restart");
  }
  Advance advance(observer, *result);
  const auto bad = store::find_bad_ranges(**journal, **data, std::ref(advance));
  if (!bad) return tl::make_unexpected(bad.error());
  if (result->path == result->target && advance.done() != result->size_bytes) {
    return fail(ErrorKind::corrupt,
                fmt::format("{} is damaged: of {} bytes there is no digest", show(result->digests),
                            result->size_bytes - advance.done()),
                {}, "Remove it; get --keep-digests makes it anew from the file as it is");
  }
  for (const Range& range : *bad) result->bad.push_back({range.begin, range.end});
  result->checked_bytes = advance.done();
  return result;
}

}  // namespace ftpull
