#include "store/part_file.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "store/read_pieces.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

std::string show(const fs::path& path) {
  return for_display(path.native());
}

fs::path folder_of(const fs::path& path) {
  return path.parent_path();
}

std::string difference(const Identity& then, const Identity& now) {
  const auto size = [](const Identity& identity) {
    return identity.size_bytes ? fmt::format("{} bytes", *identity.size_bytes)
                               : std::string("of unknown size");
  };
  const auto time = [](const Identity& identity) {
    return identity.mdtm.empty() ? "unknown" : for_display(identity.mdtm);
  };
  if (then.url != now.url) {
    return fmt::format("it is of another URL, {}", for_display(then.url));
  }
  if (then.size_bytes != now.size_bytes) {
    return fmt::format("the remote file was {} and is {}", size(then), size(now));
  }
  return fmt::format("the remote file's time was {} and is {}", time(then), time(now));
}

}  // namespace

fs::path part_path(const fs::path& target) {
  return fs::path(target) += ".part";
}
fs::path journal_path(const fs::path& target) {
  return fs::path(target) += ".part.journal";
}

PartFile::PartFile(Disk& disk, fs::path target, const Options& options)
    : disk_(disk),
      target_(std::move(target)),
      replace_(options.replace),
      stop_asked_(options.stop_asked) {
  for (uint64_t slot = kSlots; slot-- > 0;) free_slots_.push_back(slot);
  for (uint64_t place = kSeams; place-- > 0;) free_seam_places_.push_back(place);
}

PartFile::~PartFile() = default;

Result<std::unique_ptr<PartFile>> PartFile::open(Disk& disk, const fs::path& target,
                                                 const Identity& identity, const Options& options) {
  std::unique_ptr<PartFile> part(new PartFile(disk, target, options));
  auto opened = part->open_or_create(identity, options);
  if (!opened) return tl::make_unexpected(opened.error());
  return part;
}

Status PartFile::open_or_create(const Identity& identity, const Options& options) {
  auto journal_file = lock_journal();
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

  Status cleared;
  if (data->has_value() && *journal_size == 0) {
    // Not ours, as far as can be told: not even --restart may remove it.
    cleared = set_aside("it has no journal that says what it is", false);
  } else if (options.restart || !data->has_value()) {
    // A journal without data is what a crash just after the start or just before the end leaves.
    cleared = remove_both();
  } else {
    const auto resumed = resume(std::move(*journal_file), identity);
    if (!resumed) return tl::make_unexpected(resumed.error());
    if (*resumed) return {};
  }
  if (!cleared) return cleared;
  journal_file = lock_journal();
  if (!journal_file) return tl::make_unexpected(journal_file.error());
  return create(std::move(*journal_file), identity, options);
}

Result<std::unique_ptr<File>> PartFile::lock_journal() {
  const fs::path path = journal_path(target_);
  // The one who held the lock may have finished and removed the file between our open and our lock;
  // one who only asks how far it is holds the lock for a moment.
  constexpr int kAttempts = 5;
  constexpr auto kPatience = std::chrono::milliseconds(20);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto file = disk_.open(path, OpenMode::create);
    if (!file) return file;
    const auto locked = (*file)->try_lock();
    if (!locked) return tl::make_unexpected(locked.error());
    if (!*locked && attempt + 1 < kAttempts) {
      std::this_thread::sleep_for(kPatience);
      continue;
    }
    if (!*locked) {
      return fail(ErrorKind::disk,
                  fmt::format("{} is being fetched by {}", show(target_), read_owner(**file)), {},
                  "Wait for it to end, or choose another name with -o");
    }
    const auto named = (*file)->still_named();
    if (!named) return tl::make_unexpected(named.error());
    if (*named) return file;
  }
  return fail(ErrorKind::disk, fmt::format("{} keeps being replaced", show(path)));
}

Status PartFile::create(std::unique_ptr<File> journal_file, const Identity& identity,
                        const Options& options) {
  const uint64_t size = identity.size_bytes.value_or(0);
  Header header{identity,
                options.segment_bytes != 0 ? options.segment_bytes : choose_segment_bytes(size),
                options.now};
  // What does not fit is found out before anything is reserved. Then the data: when there is no
  // room, nothing of the journal needs to be taken back.
  auto journal =
      encode_header(header)
          .and_then([&](const HeaderImage&) {
            return disk_.open(part_path(target_), OpenMode::create_public);
          })
          .and_then([&](std::unique_ptr<File> data) {
            data_ = std::move(data);
            return data_->truncate(0);
          })
          .and_then([&] { return data_->allocate(size); })
          .and_then([&] {
            return Journal::create(std::move(journal_file), std::move(header), disk_.boot_id());
          });
  if (!journal) {
    // The error that stopped us is the one to report, whatever clearing up says.
    static_cast<void>(remove_both());
    return tl::make_unexpected(journal.error());
  }
  journal_ = std::move(*journal);
  auto durable = disk_.sync_folder(folder_of(target_));
  if (!durable) static_cast<void>(remove_both());
  return durable;
}

/// False: what was there could not be used and has been set aside.
Result<bool> PartFile::resume(std::unique_ptr<File> journal_file, const Identity& identity) {
  const auto unusable = [&](const std::string& why) -> Result<bool> {
    auto moved = set_aside(why, true);
    if (!moved) return tl::make_unexpected(moved.error());
    return false;
  };
  auto journal = Journal::load(std::move(journal_file));
  if (!journal && journal.error().kind != ErrorKind::corrupt) {
    return tl::make_unexpected(journal.error());
  }
  if (!journal) return unusable(journal.error().message);
  const Identity& then = (*journal)->header().identity;
  if (then != identity) return unusable(difference(then, identity));

  auto data = disk_.open(part_path(target_), OpenMode::update);
  if (!data) return tl::make_unexpected(data.error());
  const auto data_size = (*data)->size();
  if (!data_size) return tl::make_unexpected(data_size.error());
  if (identity.size_bytes && *data_size != *identity.size_bytes) {
    return unusable(
        fmt::format("it is {} bytes long instead of {}", *data_size, *identity.size_bytes));
  }
  data_ = std::move(*data);
  journal_ = std::move(*journal);
  auto ready = verify_records();
  if (ready) ready = adopt_tails();
  if (ready) ready = adopt_seams();
  if (ready) ready = journal_->write_owner();
  if (!ready) return tl::make_unexpected(ready.error());
  return true;
}

Status PartFile::verify_records() {
  const std::string boot = disk_.boot_id();
  const uint64_t segments = journal_->header().segments();
  const bool same_boot = !boot.empty() && boot == journal_->boot_id();
  for (uint64_t segment = 0; segment < segments; ++segment) {
    const Range range = journal_->segment_range(segment);
    if (journal_->durable(segment) && !journal_->finished(segment)) {
      if (auto restored = restore_digest(segment); !restored) return restored;
    }
    if (!journal_->finished(segment)) continue;
    if (!same_boot && !journal_->durable(segment)) {
      PartialSegment state;
      const auto good = matches(range, journal_->digest(segment), state);
      if (!good) return tl::make_unexpected(good.error());
      if (!*good) {
        if (auto forgotten = journal_->forget_segment(segment); !forgotten) return forgotten;
        continue;
      }
    }
    resumed_bytes_ += range.size();
  }
  if (same_boot) return {};
  return journal_->checkpoint(*data_).and_then([&] { return journal_->set_boot(boot); });
}

/// The digest of a durable segment was lost; its data is proven.
Status PartFile::restore_digest(uint64_t segment) {
  PartialSegment state;
  auto read = read_pieces(
      *data_, journal_->segment_range(segment),
      [&](std::span<const std::byte> piece) { state.add(piece); }, stop_asked_);
  return read.and_then([&] { return journal_->finish_segment(segment, state.digest()); });
}

Status PartFile::adopt_tails() {
  for (const auto& [slot, tail] : journal_->tails()) {
    if (journal_->finished(tail.segment)) continue;
    const uint64_t begin = journal_->segment_range(tail.segment).begin;
    PartialSegment state;
    const auto good = matches({begin, begin + tail.bytes}, tail.digest, state);
    if (!good) return tl::make_unexpected(good.error());
    const auto known = unfinished_.find(tail.segment);
    // A segment that changed hands may stand in two slots: the longer one is the later.
    const bool longer = known == unfinished_.end() || known->second.partial.bytes() < tail.bytes;
    if (!*good || !longer) {
      if (auto forgotten = journal_->forget_tail(slot); !forgotten) return forgotten;
      continue;
    }
    if (known != unfinished_.end()) {
      resumed_bytes_ -= known->second.partial.bytes();
      if (auto forgotten = journal_->forget_tail(*known->second.slot); !forgotten) return forgotten;
      free_slots_.push_back(*known->second.slot);
    }
    std::erase(free_slots_, slot);
    resumed_bytes_ += tail.bytes;
    unfinished_.insert_or_assign(tail.segment, Unfinished{std::move(state), slot});
  }
  return {};
}

Status PartFile::adopt_seams() {
  for (const auto& [place, record] : journal_->seams()) {
    const uint64_t segment = record.begin / segment_bytes();
    const bool holds_bytes = journal_->finished(segment) || unfinished_.contains(segment);
    if (!holds_bytes || pending_seams_.contains(record.begin)) {
      if (auto forgotten = journal_->forget_seam(place); !forgotten) return forgotten;
      continue;
    }
    std::erase(free_seam_places_, place);
    const auto lead = std::span(record.lead).first(record.length);
    pending_seams_[record.begin] = {std::make_shared<Seam>(record.begin, lead), place};
  }
  return {};
}

Result<bool> PartFile::matches(Range range, uint64_t digest, PartialSegment& state) {
  auto read = read_pieces(
      *data_, range, [&](std::span<const std::byte> piece) { state.add(piece); }, stop_asked_);
  if (!read) return tl::make_unexpected(read.error());
  return state.digest() == digest;
}

Status PartFile::set_aside(const std::string& why, bool has_journal) {
  constexpr int kMostNames = 1000;
  for (int n = 1; n <= kMostNames; ++n) {
    const fs::path part = fs::path(part_path(target_)) += fmt::format(".old-{}", n);
    const fs::path journal = fs::path(part) += ".journal";
    const auto taken = disk_.info(part);
    if (!taken) return tl::make_unexpected(taken.error());
    const auto journal_taken = disk_.info(journal);
    if (!journal_taken) return tl::make_unexpected(journal_taken.error());
    if (taken->has_value() || journal_taken->has_value()) continue;
    notes_.push_back(fmt::format("cannot go on with {}: {}; it is kept as {}",
                                 show(part_path(target_)), why, show(part)));
    auto moved = disk_.rename(part_path(target_), part, false);
    // An empty journal is the one that was made just now for its lock.
    if (moved && has_journal) moved = disk_.rename(journal_path(target_), journal, false);
    if (moved && !has_journal) moved = disk_.remove(journal_path(target_));
    return moved.and_then([&] { return disk_.sync_folder(folder_of(target_)); });
  }
  return fail(ErrorKind::disk, fmt::format("too many parts set aside beside {}", show(target_)), {},
              "Remove the files that end in .part.old-N");
}

Status PartFile::remove_both() {
  // The data first: a journal that stays alone is cleared away by the next run.
  return disk_.remove(part_path(target_)).and_then([&] {
    return disk_.remove(journal_path(target_));
  });
}

RangeSet PartFile::missing() const {
  RangeSet missing;
  for (uint64_t segment = 0; segment < journal_->header().segments(); ++segment) {
    if (!journal_->finished(segment)) missing.add(journal_->segment_range(segment));
  }
  for (const auto& [segment, unfinished] : unfinished_) {
    const uint64_t begin = journal_->segment_range(segment).begin;
    missing.remove({begin, begin + unfinished.partial.bytes()});
  }
  return missing;
}

std::unique_ptr<PartFile::Writer> PartFile::writer(uint64_t begin) {
  RangeWriter::Start start;
  start.position = begin;
  if (!has_segments()) {
    return std::make_unique<Writer>(*this, RangeWriter(*data_, nullptr, std::move(start)));
  }
  if (auto node = unfinished_.extract(begin / segment_bytes())) {
    start.partial = std::move(node.mapped().partial);
    start.slot = node.mapped().slot;
  }
  // A segment that is fetched from its start again.
  if (begin % segment_bytes() == 0) start.partial.clear();
  if (!start.slot && !free_slots_.empty()) {
    start.slot = free_slots_.back();
    free_slots_.pop_back();
  }
  choose_seam(start);
  return std::make_unique<Writer>(*this, RangeWriter(*data_, journal_.get(), std::move(start)));
}

void PartFile::choose_seam(RangeWriter::Start& start) {
  const uint64_t begin = start.position;
  if (begin == 0) return;
  if (const auto earlier = pending_seams_.find(begin); earlier != pending_seams_.end()) {
    drop_seam(*std::shared_ptr(earlier->second.seam));
  }
  const uint64_t segment = begin / segment_bytes();
  const uint64_t own = start.partial.bytes();
  const bool joined = segment > 0 && journal_->finished(segment - 1);
  const uint64_t there = own + (joined ? Seam::kLeadBytes : 0);
  const uint64_t wanted = there > 0 ? there : begin;
  start.seam = std::make_shared<Seam>(begin, std::min<uint64_t>(wanted, Seam::kLeadBytes));
  start.compare_seam = there > 0;
  if (start.compare_seam) return;
  if (!free_seam_places_.empty()) {
    start.seam_place = free_seam_places_.back();
    free_seam_places_.pop_back();
  }
  pending_seams_[begin] = {start.seam, start.seam_place};
}

/// Another writer may have begun at the same place since: its seam is not touched.
void PartFile::drop_seam(const Seam& seam) {
  const auto pending = pending_seams_.find(seam.begin());
  if (pending == pending_seams_.end() || pending->second.seam.get() != &seam) return;
  if (pending->second.place) free_seam_places_.push_back(*pending->second.place);
  pending_seams_.erase(pending);
}

void PartFile::take_back(Writer& writer) {
  if (!has_segments()) return;
  RangeWriter::Start& start = writer.writer_.start();
  // Nothing was written behind a seam that never became complete.
  if (start.seam && !start.seam->complete()) drop_seam(*start.seam);
  if (start.partial.bytes() == 0) {
    if (start.slot) free_slots_.push_back(*start.slot);
    return;
  }
  unfinished_.insert_or_assign(start.position / segment_bytes(),
                               Unfinished{std::move(start.partial), start.slot});
}

std::vector<PartFile::PendingSeam> PartFile::due_seams() const {
  std::vector<PendingSeam> due;
  for (const auto& [begin, pending] : pending_seams_) {
    const bool neighbour_is_there = journal_->finished((begin - 1) / segment_bytes());
    if (pending.seam->complete() && neighbour_is_there) due.push_back(pending);
  }
  return due;
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
  for (const PendingSeam& pending : seams) drop_seam(*pending.seam);
}

uint64_t PartFile::proven_bytes() const {
  const uint64_t limit =
      pending_seams_.empty() ? *identity().size_bytes : pending_seams_.begin()->first;
  uint64_t proven = 0;
  for (uint64_t segment = 0; proven < limit && journal_->finished(segment); ++segment) {
    proven = journal_->segment_range(segment).end;
  }
  return std::min(proven, limit);
}

Status PartFile::forget_from(uint64_t begin) {
  const uint64_t first = begin / segment_bytes();
  for (uint64_t segment = first; segment < journal_->header().segments(); ++segment) {
    if (!journal_->finished(segment)) continue;
    if (auto forgotten = journal_->forget_segment(segment); !forgotten) return forgotten;
  }
  while (!unfinished_.empty() && unfinished_.rbegin()->first >= first) {
    const auto last = std::prev(unfinished_.end());
    if (const auto slot = last->second.slot) {
      if (auto forgotten = journal_->forget_tail(*slot); !forgotten) return forgotten;
      free_slots_.push_back(*slot);
    }
    unfinished_.erase(last);
  }
  while (!pending_seams_.empty() && pending_seams_.rbegin()->first >= begin) {
    const PendingSeam pending = pending_seams_.rbegin()->second;
    if (pending.place) {
      if (auto forgotten = journal_->forget_seam(*pending.place); !forgotten) return forgotten;
    }
    drop_seam(*pending.seam);
  }
  return {};
}

Status PartFile::checkpoint() {
  return journal_->checkpoint(*data_);
}

Status PartFile::finish(uint64_t size_bytes, std::optional<std::time_t> mtime) {
  if (!pending_seams_.empty()) {
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
  return journal_->flush(*data_)
      .and_then([&] { return mtime ? data_->set_mtime(*mtime) : Status(); })
      .and_then([&] { return disk_.rename(part_path(target_), target_, replace_); })
      .and_then([&] { return disk_.sync_folder(folder_of(target_)); })
      .and_then([&] { return disk_.remove(journal_path(target_)); });
}

}  // namespace ftpull::store
