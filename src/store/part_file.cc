#include "store/part_file.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/kept_digests.h"
#include "store/part_growth.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

std::string show(const fs::path& path) {
  return for_display(path.native());
}

}  // namespace

PartFile::PartFile(Disk& disk, fs::path target, const Options& options)
    : disk_(disk), target_(std::move(target)), replace_(options.replace) {}

PartFile::~PartFile() = default;

Result<std::unique_ptr<PartFile>> PartFile::open(Disk& disk, const fs::path& target,
                                                 const Identity& identity, const Options& options) {
  std::unique_ptr<PartFile> part(new PartFile(disk, target, options));
  auto opened = part->open_or_create(identity, options);
  if (!opened) return tl::make_unexpected(opened.error());
  return part;
}

Status PartFile::open_or_create(const Identity& identity, const Options& options) {
  auto journal_file = lock_journal(disk_, target_);
  if (!journal_file) return tl::make_unexpected(journal_file.error());
  const auto journal_size = (*journal_file)->size();
  if (!journal_size) return tl::make_unexpected(journal_size.error());
  const auto data = disk_.info(part_path(target_));
  if (!data) return tl::make_unexpected(data.error());

  const bool begun = *journal_size != 0 || data->has_value();
  if (!begun) return create(std::move(*journal_file), identity, options);
  if (data->has_value() && !(*data)->is_regular) {
    return fail(ErrorKind::disk, fmt::format("{} is not a file", show(part_path(target_))), {},
                "Move it away, or choose another name with -o");
  }

  Status cleared = disk_.remove(next_journal_path(target_));
  if (!cleared) return cleared;
  if (data->has_value() && *journal_size == 0) {
    // Not ours, as far as can be told: not even --restart may remove it.
    cleared = put_aside("it has no journal that says what it is", false);
  } else if (options.restart || !data->has_value()) {
    // A journal without data is what a crash just after the start or just before the end leaves.
    cleared = remove_part(disk_, target_);
  } else {
    const auto resumed = resume(std::move(*journal_file), identity, options);
    if (!resumed) return tl::make_unexpected(resumed.error());
    if (*resumed) return {};
  }
  if (!cleared) return cleared;
  journal_file = lock_journal(disk_, target_);
  if (!journal_file) return tl::make_unexpected(journal_file.error());
  return create(std::move(*journal_file), identity, options);
}

Status PartFile::create(std::unique_ptr<File> journal_file, const Identity& identity,
                        const Options& options) {
  const uint64_t size = identity.size_bytes.value_or(0);
  Header header{identity,
                options.segment_bytes != 0 ? options.segment_bytes : choose_segment_bytes(size),
                options.now, options.claims};
  // The journal first, and durably: data without one could not be told from somebody else's. Of
  // names a file system keeps the order.
  auto created =
      Journal::create(std::move(journal_file), std::move(header), disk_.boot_id())
          .and_then([&](std::unique_ptr<Journal> journal) {
            journal_ = std::move(journal);
            return journal_->sync();
          })
          .and_then([&] { return disk_.open(part_path(target_), OpenMode::create_public); })
          .and_then([&](std::unique_ptr<File> data) {
            data_ = std::move(data);
            return data_->allocate(size);
          })
          .and_then([&] { return disk_.sync_folder(folder_of(target_)); });
  // The error that stopped us is the one to report, whatever clearing up says.
  if (!created) static_cast<void>(remove_part(disk_, target_));
  return created;
}

/// False: what was there cannot be gone on with, and stands in the way no more.
Result<bool> PartFile::resume(std::unique_ptr<File> journal_file, const Identity& identity,
                              const Options& options) {
  const auto unusable = [&](const std::string& why) {
    return put_aside(why, true).map([] { return false; });
  };
  auto journal = Journal::load(std::move(journal_file));
  if (!journal && journal.error().kind != ErrorKind::corrupt) {
    return tl::make_unexpected(journal.error());
  }
  if (!journal) return unusable(journal.error().message);
  const Identity& then = (*journal)->header().identity;
  if (then.url != identity.url) {
    return unusable(fmt::format("it is of another URL, {}", for_display(then.url)));
  }
  if (then != identity) return replace_changed(**journal, identity, options);
  return recover(std::move(*journal), options);
}

Result<bool> PartFile::replace_changed(Journal& then, const Identity& identity,
                                       const Options& options) {
  const Identity& before = then.header().identity;
  // Of a file of unknown size nothing could have been used anyway.
  if (!before.size_bytes) return remove_part(disk_, target_).map([] { return false; });
  const std::string why = describe_change(before, identity);
  if (options.on_change == OnChange::refetch) {
    notes_.push_back(fmt::format("{}: {}; fetching it as it is now", show(target_), why));
    return remove_part(disk_, target_).map([] { return false; });
  }
  if (options.on_change == OnChange::append && before.size_bytes < identity.size_bytes) {
    notes_.push_back(fmt::format("{}: {}; going on behind what is here", show(target_), why));
    return grow_journal(disk_, target_, then, identity)
        .and_then([](std::unique_ptr<File> file) { return Journal::load(std::move(file)); })
        .and_then([&](std::unique_ptr<Journal> now) { return recover(std::move(now), options); });
  }
  const auto aside = store::set_aside(disk_, target_, true);
  if (!aside) return tl::make_unexpected(aside.error());
  return fail(ErrorKind::changed,
              fmt::format("{}; what was here of it is kept as {}", why, show(*aside)), {},
              change_hint(before, identity));
}

Result<bool> PartFile::recover(std::unique_ptr<Journal> journal, const Options& options) {
  auto data = disk_.open(part_path(target_), OpenMode::update);
  if (!data) return tl::make_unexpected(data.error());
  const auto data_size = (*data)->size();
  if (!data_size) return tl::make_unexpected(data_size.error());
  const uint64_t wanted_size = journal->header().identity.size_bytes.value_or(*data_size);
  if (*data_size > wanted_size) {
    const auto why = fmt::format("it is {} bytes long instead of {}", *data_size, wanted_size);
    return put_aside(why, true).map([] { return false; });
  }
  data_ = std::move(*data);
  journal_ = std::move(journal);
  const std::string boot = disk_.boot_id();
  Status ready;
  if (*data_size < wanted_size) {
    // Cut off, by a power cut before its length was durable or by somebody; or the file has grown.
    ready = journal_->distrust().and_then([&] { return data_->allocate(wanted_size); });
  }
  const bool same_boot = !boot.empty() && boot == journal_->boot_id();
  PartRecovery recovery(*journal_, *data_, same_boot, options.stop_asked);
  if (ready) ready = recovery.run(unfinished_, seams_);
  if (ready && !same_boot) {
    ready = journal_->checkpoint(*data_).and_then([&] { return journal_->set_boot(boot); });
  }
  // The run that made them may have died before their names were durable.
  if (ready) ready = journal_->write_owner();
  if (ready) ready = journal_->sync();
  if (ready) ready = disk_.sync_folder(folder_of(target_));
  if (!ready) return tl::make_unexpected(ready.error());
  resumed_bytes_ = recovery.kept_bytes();
  return true;
}

Status PartFile::put_aside(const std::string& why, bool has_journal) {
  return store::set_aside(disk_, target_, has_journal).map([&](const fs::path& aside) {
    notes_.push_back(fmt::format("cannot go on with {}: {}; it is kept as {}",
                                 show(part_path(target_)), why, show(aside)));
  });
}

RangeSet PartFile::missing() const {
  RangeSet missing;
  for (uint64_t segment = 0; segment < journal_->header().segments(); ++segment) {
    if (!journal_->finished(segment)) missing.add(journal_->segment_range(segment));
  }
  for (const auto& [segment, unfinished] : unfinished_.all()) {
    const uint64_t begin = journal_->segment_range(segment).begin;
    missing.remove({begin, begin + unfinished.partial.bytes()});
  }
  return missing;
}

uint64_t PartFile::present_bytes() const {
  return identity().size_bytes.value_or(0) - missing().total_bytes();
}

std::unique_ptr<PartFile::Writer> PartFile::writer(uint64_t begin) {
  RangeWriter::Start start;
  start.position = begin;
  if (!has_segments()) {
    return std::make_unique<Writer>(*this, RangeWriter(*data_, nullptr, std::move(start)));
  }
  Unfinished unfinished = unfinished_.take(begin / segment_bytes());
  start.partial = std::move(unfinished.partial);
  start.slot = unfinished.slot;
  // A segment that is fetched from its start again.
  if (begin % segment_bytes() == 0) start.partial.clear();
  choose_seam(start);
  return std::make_unique<Writer>(*this, RangeWriter(*data_, journal_.get(), std::move(start)));
}

void PartFile::choose_seam(RangeWriter::Start& start) {
  const uint64_t begin = start.position;
  if (begin == 0) return;
  const uint64_t segment = begin / segment_bytes();
  const uint64_t own = start.partial.bytes();
  const bool joined = segment > 0 && journal_->finished(segment - 1);
  const uint64_t there = own + (joined ? Seam::kLeadBytes : 0);
  const size_t length = std::min<uint64_t>(there > 0 ? there : begin, Seam::kLeadBytes);
  start.compare_seam = there > 0;
  if (start.compare_seam) {
    seams_.drop_at(begin);
    start.seam = std::make_shared<Seam>(begin, length);
    return;
  }
  const PendingSeam pending = seams_.open(begin, length);
  start.seam = pending.seam;
  start.seam_place = pending.place;
  start.partial.set_begins_range(true);
}

void PartFile::take_back(Writer& writer) {
  if (!has_segments()) return;
  RangeWriter::Start& start = writer.writer_.start();
  // Nothing was written behind a seam that never became complete.
  if (start.seam && !start.seam->complete()) seams_.drop(*start.seam);
  unfinished_.put(start.position / segment_bytes(), {std::move(start.partial), start.slot});
}

Result<bool> PartFile::check(const std::vector<PendingSeam>& seams) const {
  for (const PendingSeam& pending : seams) {
    auto matches = seam_matches(*data_, *pending.seam);
    if (!matches || !*matches) return matches;
  }
  // Their records stay in the journal until their places are taken: they are true.
  return true;
}

void PartFile::settle(const std::vector<PendingSeam>& seams) {
  for (const PendingSeam& pending : seams) seams_.drop(*pending.seam);
}

uint64_t PartFile::proven_bytes() const {
  const uint64_t limit = seams_.empty() ? *identity().size_bytes : seams_.first();
  uint64_t proven = 0;
  for (uint64_t segment = 0; proven < limit && journal_->finished(segment); ++segment) {
    proven = journal_->segment_range(segment).end;
  }
  return std::min(proven, limit);
}

Status PartFile::forget_from(uint64_t begin) {
  const uint64_t first = begin / segment_bytes();
  unfinished_.drop_from(first);
  return journal_->forget_from(first).and_then([&] {
    return forget_seams({begin, *identity().size_bytes});
  });
}

Status PartFile::forget(const std::vector<Range>& ranges) {
  for (const Range& range : ranges) {
    for (uint64_t segment = range.begin / segment_bytes();
         segment < journal_->header().segments() &&
         journal_->segment_range(segment).begin < range.end;
         ++segment) {
      if (auto forgotten = journal_->forget_segment(segment); !forgotten) return forgotten;
      if (auto forgotten = forget_seams(journal_->segment_range(segment)); !forgotten) {
        return forgotten;
      }
    }
  }
  return {};
}

/// After the segments behind them: as long as a segment counts, its seam is wanted. And before
/// other data comes: an old seam must not prove that.
Status PartFile::forget_seams(Range range) {
  seams_.drop_in(range);
  return journal_->sync().and_then([&] { return journal_->forget_seams_in(range); }).and_then([&] {
    return journal_->sync();
  });
}

Status PartFile::claim(uint64_t segment, uint64_t digest) {
  return journal_->claim_segment(segment, digest).and_then([&] { return journal_->sync(); });
}

Status PartFile::checkpoint() {
  return still_there().and_then([&] { return journal_->checkpoint(*data_); });
}

Status PartFile::still_there() {
  const auto data = data_->still_named();
  if (!data) return tl::make_unexpected(data.error());
  const auto journal = journal_->still_named();
  if (!journal) return tl::make_unexpected(journal.error());
  if (*data && *journal) return {};
  return fail(ErrorKind::disk,
              fmt::format("{} has been removed or replaced while it was being fetched",
                          show(*data ? journal_path(target_) : part_path(target_))),
              {}, "Start again, and leave the unfinished files alone");
}

Status PartFile::finish(uint64_t size_bytes, std::optional<std::time_t> mtime, bool keep_digests) {
  if (!seams_.empty()) {
    return fail(
        ErrorKind::corrupt,
        fmt::format("{}: not every range has been compared with the one before it", show(target_)));
  }
  for (uint64_t segment = 0; segment < journal_->header().segments(); ++segment) {
    if (!journal_->finished(segment)) {
      return fail(ErrorKind::corrupt, fmt::format("segment {} of {} is missing although all ranges "
                                                  "have ended",
                                                  segment, show(target_)));
    }
  }
  if (!has_segments()) {
    if (auto cut = data_->truncate(size_bytes); !cut) return cut;
  }
  const auto size = data_->size();
  if (!size) return tl::make_unexpected(size.error());
  if (*size != size_bytes) {
    return fail(ErrorKind::corrupt, fmt::format("{} is {} bytes long instead of {}",
                                                show(part_path(target_)), *size, size_bytes));
  }
  return still_there()
      .and_then([&] { return journal_->flush(*data_); })
      .and_then([&] { return mtime ? data_->set_mtime(*mtime) : Status(); })
      .and_then([&] { return disk_.rename(part_path(target_), target_, replace_); })
      .and_then([&] { return disk_.sync_folder(folder_of(target_)); })
      .and_then([&] { return keep_or_remove_journal(keep_digests); });
}

Status PartFile::give_name_back() {
  return disk_.rename(part_path(target_), target_, false)
      .and_then([&] { return disk_.sync_folder(folder_of(target_)); })
      .and_then([&] { return disk_.remove(journal_path(target_)); });
}

Status PartFile::keep_or_remove_journal(bool keep_digests) {
  const auto kept_before = disk_.info(digests_path(target_));
  if (!kept_before) return tl::make_unexpected(kept_before.error());
  if (!keep_digests && !kept_before->has_value()) return disk_.remove(journal_path(target_));
  if (!has_segments()) {
    return write_digests(disk_, target_, *data_, identity()).and_then([&] {
      return disk_.remove(journal_path(target_));
    });
  }
  return journal_->sync()
      .and_then([&] { return disk_.rename(journal_path(target_), digests_path(target_), true); })
      .and_then([&] { return disk_.sync_folder(folder_of(target_)); });
}

}  // namespace ftpull::store
