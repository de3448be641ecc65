#include "transfer/part_keeper.h"

#include <utility>

#include "ftpull/part_status.h"

#include "store/file_digest.h"

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

Result<PartKeeper::Prepared> PartKeeper::prepare_now(const ftp::FileFacts& facts) {
  const auto stop_asked = [this] { return stop_asked_.load(); };
  const auto state = check_target(disk_, options_.target, facts, options_.restart);
  if (!state) return tl::make_unexpected(state.error());
  Prepared prepared{*state, 0, {}};
  if (*state == TargetState::already_there) {
    if (!options_.digest) return prepared;
    auto digest = store::xxh3_128_of_file(disk_, options_.target, stop_asked);
    if (!digest) return tl::make_unexpected(digest.error());
    prepared.xxh3_128 = std::move(*digest);
    return prepared;
  }
  // A size of 0 may be a server's way not to tell; either way there is nothing to cut into
  // segments.
  const bool size_known = facts.size_bytes.value_or(0) != 0;
  const store::Identity identity{options_.url, size_known ? facts.size_bytes : std::nullopt,
                                 facts.mdtm ? facts.mdtm->raw : ""};
  if (options_.dry_run) {
    const auto part = read_part_status(options_.target);
    const bool goes_on = part && !options_.restart &&
                         store::Identity{part->url, part->size_bytes, part->mdtm} == identity;
    if (goes_on) prepared.resumed_bytes = part->done_bytes;
    return prepared;
  }
  auto part = store::PartFile::open(disk_, options_.target, identity,
                                    {options_.segment_bytes, options_.restart,
                                     *state == TargetState::replaceable, options_.now, stop_asked});
  if (!part) return tl::make_unexpected(part.error());
  part_ = std::move(*part);
  prepared.resumed_bytes = part_->resumed_bytes();
  return prepared;
}

void PartKeeper::checkpoint_if_due(uint64_t fetched_bytes, TimePoint now,
                                   std::function<void(Error)> failed) {
  if (next_checkpoint_ == kNever) next_checkpoint_ = now + kCheckpointInterval;
  const bool due =
      now >= next_checkpoint_ || fetched_bytes - checkpointed_bytes_ >= kCheckpointBytes;
  if (!due || busy_) return;
  next_checkpoint_ = now + kCheckpointInterval;
  checkpointed_bytes_ = fetched_bytes;
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
        const auto finished = part_->finish(size_bytes, mtime);
        if (!finished) return tl::make_unexpected(finished.error());
        part_.reset();
        if (!options_.digest) return {};
        return store::xxh3_128_of_file(disk_, options_.target,
                                       [this] { return stop_asked_.load(); });
      },
      std::move(done));
}

void PartKeeper::close(bool holds_bytes, std::function<void(Status)> done) {
  in_background<void>(
      [this, holds_bytes]() -> Status {
        if (part_ == nullptr) return {};
        Status stored = holds_bytes ? part_->checkpoint() : part_->abandon();
        part_.reset();
        return stored;
      },
      std::move(done));
}

}  // namespace ftpull::transfer
