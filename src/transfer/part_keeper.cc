#include "transfer/part_keeper.h"

#include <utility>
#include <vector>

#include "ftpull/part_status.h"

#include "core/text.h"
#include "store/file_digest.h"
#include "store/kept_digests.h"
#include "store/part_growth.h"

namespace ftpull::transfer {

template <class T>
void PartKeeper::in_background(std::function<Result<T>()> work,
                               std::function<void(Result<T>)> done) {
  busy_ = true;
  auto outcome = std::make_shared<std::optional<Result<T>>>();
  background_.run([outcome, work = std::move(work)] { *outcome = work(); },
                  [this, outcome, done = std::move(done)] {
                    busy_ = false;
                    done(std::move(**outcome));
                  });
}

void PartKeeper::prepare(const ftp::FileFacts& facts, std::function<void(Result<Prepared>)> done) {
  in_background<Prepared>([this, facts] { return prepare_now(facts); }, std::move(done));
}

store::Identity PartKeeper::identity_of(const ftp::FileFacts& facts) const {
  // A size of 0 may be a server's way not to tell; either way there is nothing to cut into
  // segments.
  const bool size_known = facts.size_bytes.value_or(0) != 0;
  return {options_.url, size_known ? facts.size_bytes : std::nullopt,
          facts.mdtm ? facts.mdtm->raw : ""};
}

Result<PartKeeper::Prepared> PartKeeper::prepare_now(const ftp::FileFacts& facts) {
  auto prepared = look_at_target(facts);
  if (!prepared || prepared->target == TargetState::already_there) return prepared;
  const store::Identity identity = identity_of(facts);
  if (options_.dry_run) {
    return bytes_to_resume(identity).map([&](uint64_t bytes) {
      prepared->resumed_bytes = bytes;
      return std::move(*prepared);
    });
  }
  if (auto opened = open_part(identity, prepared->target); !opened) {
    part_.reset();
    return tl::make_unexpected(opened.error());
  }
  prepared->resumed_bytes = part_->present_bytes();
  return prepared;
}

/// A file that is to be repaired is none: what is wrong under its name goes.
Result<PartKeeper::Prepared> PartKeeper::look_at_target(const ftp::FileFacts& facts) {
  Prepared prepared;
  if (options_.repair) return prepared;
  const auto state =
      check_target(disk_, options_.target, facts, options_.restart, options_.on_change);
  if (!state) return tl::make_unexpected(state.error());
  prepared.target = *state;
  if (*state != TargetState::already_there) return prepared;
  if (!options_.dry_run) {
    if (auto settled = settle_beside(identity_of(facts)); !settled) {
      return tl::make_unexpected(settled.error());
    }
  }
  if (!options_.digest) return prepared;
  auto digest = store::xxh3_128_of_file(disk_, options_.target, stop_asked());
  if (!digest) return tl::make_unexpected(digest.error());
  prepared.xxh3_128 = std::move(*digest);
  return prepared;
}

/// What lies beside a file that is there already: a crash may have come just after it was named.
Status PartKeeper::settle_beside(const store::Identity& identity) {
  const auto& target = options_.target;
  // The file is what was asked for, whatever becomes of that.
  static_cast<void>(store::settle_leftover_journal(disk_, target, options_.keep_digests));
  if (!options_.keep_digests) return {};
  const auto kept = disk_.info(store::digests_path(target));
  if (!kept) return tl::make_unexpected(kept.error());
  if (kept->has_value()) return {};
  return disk_.open(target, store::OpenMode::read)
      .and_then([&](const std::unique_ptr<store::File>& data) {
        return store::write_digests(disk_, target, *data, identity, stop_asked());
      });
}

Result<uint64_t> PartKeeper::bytes_to_resume(const store::Identity& identity) const {
  const auto part = read_part_status(options_.target);
  const bool goes_on = part && !options_.restart &&
                       store::Identity{part->url, part->size_bytes, part->mdtm} == identity;
  return goes_on ? part->done_bytes : 0;
}

Status PartKeeper::open_part(const store::Identity& identity, TargetState target) {
  std::vector<Range> bad;
  if (options_.repair) {
    for (const ByteRange& range : options_.repair->bad) bad.push_back({range.begin, range.end});
  }
  if (repairs_finished()) {
    auto reopened = store::reopen_finished(disk_, options_.target, identity, bad);
    if (!reopened) return reopened;
  }
  if (options_.repair && !repairs_finished() && options_.repair->url != identity.url) {
    return fail(ErrorKind::usage,
                for_display(options_.repair->path.native()) + " is a download of another URL", {},
                "It is repaired from where it came: " + for_display(options_.repair->url));
  }
  const bool replaces = target == TargetState::replaceable || target == TargetState::grown;
  auto part =
      store::PartFile::open(disk_, options_.target, identity,
                            {options_.segment_bytes, options_.restart, replaces, options_.now,
                             stop_asked(), options_.on_change, target == TargetState::grown});
  if (!part) return tl::make_unexpected(part.error());
  part_ = std::move(*part);
  if (!repairs_finished() && !bad.empty()) return part_->forget(bad);
  if (target == TargetState::grown && part_->resumed_bytes() == 0) {
    return store::grow_from_finished(disk_, options_.target, *part_, stop_asked());
  }
  return {};
}

bool PartKeeper::checkpoint_is_due(uint64_t fetched_bytes, TimePoint now) const {
  const bool after_a_while =
      now >= next_checkpoint_ || fetched_bytes - checkpointed_bytes_ >= kCheckpointBytes;
  switch (options_.durability) {
    case Durability::none:
      return false;
    case Durability::checkpoint:
      return after_a_while;
    case Durability::segment:
      return after_a_while || part_->finished_segments() != checkpointed_segments_;
  }
  return false;
}

void PartKeeper::checkpoint_if_due(uint64_t fetched_bytes, TimePoint now,
                                   std::function<void(Error)> failed) {
  if (next_checkpoint_ == kNever) next_checkpoint_ = now + options_.checkpoint_interval;
  if (busy_ || !checkpoint_is_due(fetched_bytes, now)) return;
  next_checkpoint_ = now + options_.checkpoint_interval;
  checkpointed_bytes_ = fetched_bytes;
  checkpointed_segments_ = part_->finished_segments();
  in_background<void>([this] { return part_->checkpoint(); },
                      [failed = std::move(failed)](const Status& stored) {
                        if (!stored) failed(stored.error());
                      });
}

void PartKeeper::check_seams_if_due(std::function<void(Result<bool>)> done) {
  if (busy_ || !seams_due()) return;
  auto seams = part_->due_seams();
  in_background<bool>([this, seams] { return part_->check(seams); },
                      [this, seams, done = std::move(done)](const Result<bool>& matched) {
                        if (matched && *matched) part_->settle(seams);
                        done(matched);
                      });
}

void PartKeeper::keep_proven(bool from_start, bool doubt,
                             std::function<void(Result<uint64_t>)> done) {
  in_background<uint64_t>(
      [this, from_start, doubt]() -> Result<uint64_t> {
        const uint64_t kept = from_start ? 0 : part_->proven_bytes();
        if (!doubt) return kept;
        if (auto forgotten = part_->forget_from(kept); !forgotten) {
          return tl::make_unexpected(forgotten.error());
        }
        return kept;
      },
      std::move(done));
}

void PartKeeper::finish(uint64_t size_bytes, std::optional<std::time_t> mtime,
                        std::function<void(Result<std::string>)> done) {
  in_background<std::string>(
      [this, size_bytes, mtime]() -> Result<std::string> {
        const auto finished = part_->finish(size_bytes, mtime, options_.keep_digests);
        if (!finished) return tl::make_unexpected(finished.error());
        part_.reset();
        if (!options_.digest) return {};
        return store::xxh3_128_of_file(disk_, options_.target,
                                       [this] { return stop_asked_.load(); });
      },
      std::move(done));
}

PartKeeper::Leave PartKeeper::choose_leave(bool has_changed, uint64_t fetched_bytes,
                                           uint64_t resumed_bytes) const {
  if (repairs_finished()) {
    return has_changed || fetched_bytes == 0 ? Leave::as_it_began : Leave::kept;
  }
  // It was a finished file once.
  const bool irreplaceable = part_ != nullptr && part_->has_claims();
  if (fetched_bytes + resumed_bytes == 0 && !irreplaceable) return Leave::removed;
  if (!has_changed) return Leave::kept;
  if (irreplaceable) return Leave::set_aside;
  return options_.on_change == OnChange::refetch ? Leave::removed : Leave::set_aside;
}

void PartKeeper::close(Leave leave, std::function<void(Result<std::filesystem::path>)> done) {
  in_background<std::filesystem::path>(
      [this, leave]() -> Result<std::filesystem::path> {
        const auto part = std::exchange(part_, nullptr);
        const std::filesystem::path nowhere;
        if (part == nullptr) return nowhere;
        switch (leave) {
          case Leave::kept: {
            const bool flush = options_.durability != Durability::none;
            return (flush ? part->checkpoint() : Status()).map([&] { return nowhere; });
          }
          case Leave::removed:
            return part->abandon().map([&] { return nowhere; });
          case Leave::set_aside:
            return part->set_aside();
          case Leave::as_it_began:
            return part->give_name_back().map([&] { return nowhere; });
        }
        return nowhere;
      },
      std::move(done));
}

}  // namespace ftpull::transfer
