#include "store/part_file.h"

#include <algorithm>
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

PartFile::PartFile(Disk& disk, fs::path target, bool replace)
    : disk_(disk), target_(std::move(target)), replace_(replace) {
  for (uint64_t slot = kSlots; slot-- > 0;) free_slots_.push_back(slot);
}

PartFile::~PartFile() = default;

Result<std::unique_ptr<PartFile>> PartFile::open(Disk& disk, const fs::path& target,
                                                 const Identity& identity, const Options& options) {
  std::unique_ptr<PartFile> part(new PartFile(disk, target, options.replace));
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

  Status cleared;
  if (options.restart || !data->has_value()) {
    // A journal without data is what a crash just after the start or just before the end leaves.
    cleared = remove_both();
  } else if (*journal_size == 0) {
    cleared = set_aside("it has no journal that says what it is");
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
  // The one who held the lock may have finished and removed the file between our open and our lock.
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto file = disk_.open(path, OpenMode::create);
    if (!file) return file;
    const auto locked = (*file)->try_lock();
    if (!locked) return tl::make_unexpected(locked.error());
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
  return disk_.sync_folder(folder_of(target_));
}

/// False: what was there could not be used and has been set aside.
Result<bool> PartFile::resume(std::unique_ptr<File> journal_file, const Identity& identity) {
  const auto unusable = [&](const std::string& why) -> Result<bool> {
    auto moved = set_aside(why);
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
  auto ready = verify_records().and_then([&] { return adopt_tails(); }).and_then([&] {
    return journal_->write_owner();
  });
  if (!ready) return tl::make_unexpected(ready.error());
  return true;
}

Status PartFile::verify_records() {
  const std::string boot = disk_.boot_id();
  const uint64_t segments = journal_->header().segments();
  const bool same_boot = !boot.empty() && boot == journal_->boot_id();
  for (uint64_t segment = 0; segment < segments; ++segment) {
    if (!journal_->finished(segment)) continue;
    const Range range = journal_->segment_range(segment);
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

Status PartFile::adopt_tails() {
  for (const auto& [slot, tail] : journal_->tails()) {
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

Result<bool> PartFile::matches(Range range, uint64_t digest, PartialSegment& state) {
  auto read =
      read_pieces(*data_, range, [&](std::span<const std::byte> piece) { state.add(piece); });
  if (!read) return tl::make_unexpected(read.error());
  return state.digest() == digest;
}

Status PartFile::set_aside(const std::string& why) {
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
    return disk_.rename(part_path(target_), part, false)
        .and_then([&] { return disk_.rename(journal_path(target_), journal, false); })
        .and_then([&] { return disk_.sync_folder(folder_of(target_)); });
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
  PartialSegment partial;
  std::optional<uint64_t> slot;
  if (has_segments()) {
    if (auto node = unfinished_.extract(begin / segment_bytes())) {
      partial = std::move(node.mapped().partial);
      slot = node.mapped().slot;
    }
    // A segment that is fetched from its start again.
    if (begin % segment_bytes() == 0) partial.clear();
    if (!slot && !free_slots_.empty()) {
      slot = free_slots_.back();
      free_slots_.pop_back();
    }
  }
  Journal* const journal = has_segments() ? journal_.get() : nullptr;
  return std::make_unique<Writer>(*this,
                                  RangeWriter(*data_, journal, begin, std::move(partial), slot));
}

void PartFile::take_back(Writer& writer) {
  RangeWriter& range_writer = writer.writer_;
  if (!has_segments()) return;
  if (range_writer.partial().bytes() == 0) {
    if (range_writer.slot()) free_slots_.push_back(*range_writer.slot());
    return;
  }
  unfinished_.insert_or_assign(range_writer.position() / segment_bytes(),
                               Unfinished{std::move(range_writer.partial()), range_writer.slot()});
}

Status PartFile::checkpoint() {
  return journal_->checkpoint(*data_);
}

Status PartFile::finish(uint64_t size_bytes, std::optional<std::time_t> mtime) {
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
