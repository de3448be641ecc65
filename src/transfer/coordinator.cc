#include "transfer/coordinator.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "transfer/same_file.h"

namespace ftpull::transfer {
namespace {

constexpr uint64_t kUnknownEnd = UINT64_MAX;
/// Nothing depends on how long it takes when it takes so long.
constexpr double kLongSeconds = 1e6;

}  // namespace

Coordinator::Coordinator(Job job, SessionPool& pool, store::Disk& disk, Background& background,
                         Observer& observer)
    : job_(std::move(job)),
      pool_(pool),
      observer_(observer),
      keeper_(job_.local, disk, background),
      name_(for_display(job_.local.target.filename().native())),
      tally_(name_, job_.file, observer),
      crew_(pool, *this, job_.path),
      backoff_(job_.seed) {}

Coordinator::~Coordinator() {
  pool_.want(*this, 0);
}

TimePoint Coordinator::step(TimePoint now) {
  if (pool_.failure()) give_up(*pool_.failure());
  TimePoint next = kNever;
  if (state_ == State::inspecting) {
    pool_.want(*this, job_.first_sessions, job_.path);
    crew_.take();
  }
  if (state_ == State::preparing) crew_.take();
  if (state_ == State::fetching) next = fetch(now);
  if (state_ == State::confirming) {
    // One beside the one that was last at work, if it is there already and nobody else needs it.
    const int beside = pool_.idle_sessions() > 0 && pool_.is_only_user(*this) ? 1 : 0;
    pool_.want(*this, 1 + crew_.asked_in_vain(now) + beside, job_.path);
    next = crew_.ask_again(now);
  }
  const bool quiet = count_fetching(crew_.workers()) == 0 && !keeper_.busy();
  if (state_ == State::falling_back && quiet) settle_fall_back();
  if (state_ == State::stopping && quiet) store_and_fail();
  // A fetch that is ending wants no other session: after a refused password it would be one more
  // wrong login.
  const bool ending =
      state_ == State::stopping || state_ == State::storing || state_ == State::ended;
  if (ending) pool_.want(*this, 0);
  return next;
}

void Coordinator::stop() {
  keeper_.interrupt();
  give_up({ErrorKind::interrupted, "stopped", {}, "To go on, run the same command again"});
}

void Coordinator::on_inspected(Session& session, Result<ftp::FileFacts> facts) {
  Worker& worker = crew_.of(session);
  worker.state = Worker::State::idle;
  const bool is_last_look = std::exchange(worker.asked_anew, std::nullopt).has_value();
  if (!facts) {
    worker.leaving = true;
    // A session that cannot even tell what the file is counts as one that did not open.
    const bool hopeless = facts.error().kind != ErrorKind::network && !facts_;
    if (hopeless) give_up(facts.error());
    pool_.reject(session, facts.error());
    return;
  }
  if (!facts_) {
    on_first_facts(*facts);
  } else if (!same_file(*facts_, *facts, job_.local.on_change)) {
    // Another machine behind the same name, or the file was replaced meanwhile (QUIRKS B19).
    on_changed(change_error(keeper_.identity_of(*facts_), keeper_.identity_of(*facts), *facts));
  } else if (state_ == State::confirming && is_last_look) {
    finish();
  }
}

void Coordinator::on_first_facts(const ftp::FileFacts& facts) {
  facts_ = facts;
  if (state_ != State::inspecting) return;
  state_ = State::preparing;
  keeper_.prepare(
      *facts_, [this](Result<PartKeeper::Prepared> prepared) { on_prepared(std::move(prepared)); });
}

void Coordinator::on_changed(Error error) {
  has_changed_ = has_changed_ || !error_;
  give_up(std::move(error));
}

void Coordinator::on_prepared(Result<PartKeeper::Prepared> prepared) {
  if (!prepared) {
    give_up(prepared.error());
    return;
  }
  resumed_bytes_ = prepared->resumed_bytes;
  if (store::PartFile* const part = keeper_.part()) {
    for (const std::string& note : part->notes()) {
      observer_.on_message(MessageLevel::warning, note);
    }
    // Otherwise it was stopped meanwhile.
    if (state_ == State::preparing) state_ = State::fetching;
    return;
  }
  FetchResult result;
  result.size_bytes = facts_->size_bytes;
  result.xxh3_128 = std::move(prepared->xxh3_128);
  result.status = FetchStatus::dry_run;
  if (prepared->target == TargetState::already_there) {
    result.status = FetchStatus::already_there;
  } else if (!facts_->size_bytes && !facts_->mdtm && !facts_->refusal.empty()) {
    give_up({ErrorKind::not_found,
             fmt::format("cannot fetch {}", for_display(job_.path)),
             facts_->refusal,
             {}});
    return;
  }
  conclude(std::move(result));
}

void Coordinator::begin_fetching(TimePoint now) {
  tally_.start(size_known() ? facts_->size_bytes : std::nullopt, resumed_bytes_, now);
  if (!size_known()) {
    offsets_ = Offsets::useless;
    dealer_.add({{0, kUnknownEnd}});
    return;
  }
  dealer_.set_segment_bytes(keeper_.part()->segment_bytes());
  for (const Range& range : keeper_.part()->missing().ranges()) dealer_.add({range});
  if (resumed_bytes_ > 0) {
    observer_.on_message(MessageLevel::info, fmt::format("{}: going on, {} of {} are here already",
                                                         name_, format_size(resumed_bytes_),
                                                         format_size(*facts_->size_bytes)));
  }
}

TimePoint Coordinator::fetch(TimePoint now) {
  if (!tally_.started()) begin_fetching(now);
  keeper_.check_seams_if_due([this](const Result<bool>& matched) {
    if (!matched)
      give_up(matched.error());
    else if (!*matched)
      fall_back(wrong_offset());
  });
  if (dealer_.nothing_waits() && count_fetching(crew_.workers()) == 0) {
    if (keeper_.busy()) return kNever;
    // What was asked before anything was fetched does when nothing had to be.
    if (has_fetched_) {
      state_ = State::confirming;
    } else {
      finish();
    }
    return kNever;
  }
  keeper_.checkpoint_if_due(tally_.fetched_bytes(), now,
                            [this](Error error) { give_up(std::move(error)); });
  pool_.want(*this, wanted_sessions(now), job_.path, left(now));
  crew_.take();
  assign(now);
  if (now >= tally_.next_report()) tally_.report(done_bytes(), count_moving(crew_.workers()), now);
  // What is due already waits for a session or for the disk, not for a time.
  TimePoint next = kNever;
  for (const TimePoint due :
       {dealer_.ready_at(), keeper_.next_checkpoint(), tally_.next_report()}) {
    if (due > now) next = std::min(next, due);
  }
  return next;
}

int Coordinator::wanted_sessions(TimePoint now) {
  if (one_session()) return 1;
  const int useful = dealer_.useful_sessions(crew_.workers(), crew_.joining(), left_bytes(),
                                             tally_.bytes_per_second(now), now);
  return std::clamp(useful, 1, job_.sessions);
}

uint64_t Coordinator::left_bytes() const {
  return *facts_->size_bytes - std::min(done_bytes(), *facts_->size_bytes);
}

Duration Coordinator::left(TimePoint now) const {
  const double rate = tally_.bytes_per_second(now);
  if (!size_known() || rate <= 0) return Duration::max();
  const double seconds = static_cast<double>(left_bytes()) / rate;
  return seconds < kLongSeconds ? from_seconds(seconds) : Duration::max();
}

void Coordinator::assign(TimePoint now) {
  for (Session* const session : crew_.in_turn()) put_to_work(*session, crew_.of(*session), now);
  if (one_session()) return;
  dealer_.extend(
      crew_.workers(), [this](uint64_t end) { return is_end_of_file(end); }, now);
  dealer_.relieve(crew_.workers(), crew_.has_idle(), now);
  if (crew_.release_surplus()) dealer_.end_slowest(crew_.workers(), now);
}

void Coordinator::put_to_work(Session& session, Worker& worker, TimePoint now) {
  if (worker.state != Worker::State::idle) return;
  if (one_session() && count_fetching(crew_.workers()) > 0) {
    crew_.dismiss(session, worker);
    return;
  }
  // What was taken from one too many is not for it again.
  if (count_fetching(crew_.workers()) >= pool_.allotment(*this)) return;
  const auto work = one_session()
                        ? dealer_.deal_all(now)
                        : dealer_.deal(crew_.workers(), crew_.without_work(), crew_.joining(), now);
  if (work) start(session, worker, *work, now);
}

void Coordinator::start(Session& session, Worker& worker, const WaitingRange& work, TimePoint now) {
  worker.begin(work, keeper_.part()->writer(work.range.begin), now);
  RangeRequest request{job_.path, worker.writer->wire_begin()};
  request.may_be_cut = !one_session() && job_.sessions > 1;
  if (work.range.end != kUnknownEnd) {
    request.end = work.range.end;
    request.to_end_of_file = is_end_of_file(work.range.end);
  }
  has_fetched_ = true;
  session.fetch(request, *worker.writer);
}

void Coordinator::on_bytes(Session& session, uint64_t bytes, TimePoint now) {
  Worker& worker = crew_.of(session);
  if (worker.received_bytes == 0) {
    dealer_.note_opening(now - worker.began);
    offsets_work_ = offsets_work_ || worker.range.begin > 0;
    if (!size_known() && facts_->size_bytes != 0 && tally_.fetched_bytes() == 0) {
      warn_of_unknown_size();
    }
  }
  const uint64_t new_bytes = worker.receive(bytes, now);
  tally_.add(bytes, new_bytes, count_moving(crew_.workers()), now);
}

void Coordinator::on_range_end(Session& session, const RangeEnd& end, TimePoint now) {
  Worker& worker = crew_.of(session);
  assert(worker.state == Worker::State::fetching);
  worker.end(now);
  dealer_.note_end(worker);
  const uint64_t position = worker.writer->position();
  const bool refuted = worker.writer->seam_refuted();
  const bool changed = worker.writer->claim_refuted();
  worker.writer.reset();
  if (!end.reusable) crew_.dismiss(session, worker);
  if (!end.error) {
    if (worker.range.end == kUnknownEnd) whole_size_bytes_ = position;
    // It was cut, or ended where the server had been told to end it.
    else if (position < worker.range.end)
      put_back(worker, position, worker.received_bytes > 0 ? 0 : 1);
    return;
  }
  if (state_ != State::fetching) return;
  if (changed) {
    on_changed(*end.error);
    return;
  }
  // More or fewer bytes than there should be after an offset: the offset is the first to be
  // doubted.
  const bool doubtful = worker.range.begin > 0 && (end.error->kind == ErrorKind::changed ||
                                                   end.error->kind == ErrorKind::corrupt);
  if (refuted || doubtful)
    fall_back(refuted ? *end.error : wrong_offset());
  else
    on_range_failed(session, worker, *end.error, position, now);
}

void Coordinator::on_range_failed(Session& session, Worker& worker, const Error& error,
                                  uint64_t position, TimePoint now) {
  // Without offsets each attempt brings the same bytes again: only new ones are progress.
  const bool progressed = from_start() ? position > furthest_ : worker.range_bytes() > 0;
  furthest_ = std::max(furthest_, position);
  const int failures = progressed ? 1 : worker.failures + 1;
  const int others_able = crew_.able_beside(session);
  const Verdict verdict = judge({error.kind, failures, pool_.has_proven(session), others_able,
                                 tally_.has_bytes(), offsets_, offsets_work_},
                                job_.retries);
  switch (verdict) {
    case Verdict::give_up:
      // It has another size than the server tells: what came must not pass for the whole of it.
      if (error.kind == ErrorKind::changed) return on_changed(error);
      give_up(failures > 1 ? after_attempts(error, failures) : error);
      return;
    case Verdict::refuse_offsets:
      go_on_with_one_session(error);
      return;
    case Verdict::fewer_transfers:
      pool_.lower_cap(others_able);
      put_back(worker, position, worker.failures, now);
      crew_.dismiss(session, worker);
      return;
    case Verdict::try_elsewhere:
      put_back(worker, position, worker.failures, now);
      worker.leaving = true;
      pool_.reject(session, error);
      return;
    case Verdict::try_again:
      break;
  }
  observer_.on_message(MessageLevel::info,
                       fmt::format("{}: {}; trying again", name_, describe(error)));
  // The file may have changed: its facts are asked for again before the next range.
  worker.state = Worker::State::unproven;
  worker.failures = failures;
  put_back(worker, position, failures, now + backoff_.wait_after(failures));
}

void Coordinator::put_back(const Worker& worker, uint64_t position, int failures,
                           TimePoint not_before) {
  // Without offsets a transfer that broke begins at the start again.
  dealer_.add({{from_start() ? 0 : position, worker.range.end}, failures, not_before});
}

/// The server refuses offsets: the whole file in one transfer. The session that has the start goes
/// on; the others have nothing yet.
void Coordinator::go_on_with_one_session(const Error& error) {
  if (keeper_.repairs_finished()) {
    give_up(error);
    return;
  }
  const auto first =
      std::find_if(crew_.workers().begin(), crew_.workers().end(), [](const auto& entry) {
        const Worker& worker = entry.second;
        return worker.fetching() && !worker.leaving && !worker.cut && worker.range.begin == 0;
      });
  become_one_session(Offsets::useless, error);
  if (first == crew_.workers().end()) {
    stop_all_for_one();
    return;
  }
  first->second.range.end = *facts_->size_bytes;
  first->first->set_end(first->second.range.end, is_end_of_file(first->second.range.end));
  for (auto& [session, worker] : crew_.workers()) {
    if (session != first->first && !worker.leaving) crew_.dismiss(*session, worker);
  }
}

/// What came from offsets cannot be trusted: keeps what is proven, and goes on from there with one
/// session; if that is refuted as well, from the start.
void Coordinator::fall_back(const Error& error) {
  if (state_ != State::fetching) return;
  if (keeper_.part()->has_claims()) {
    on_changed(content_changed());
    return;
  }
  doubt_records_ = true;
  become_one_session(one_session() ? Offsets::useless : Offsets::doubted, error);
  stop_all_for_one();
}

void Coordinator::stop_all_for_one() {
  state_ = State::falling_back;
  for (auto& [session, worker] : crew_.workers()) {
    if (worker.leaving) continue;
    // For a transfer from the start only a session that never sent REST is above suspicion. On the
    // others the file's facts are asked for again: it may have changed.
    if (worker.fetching() || from_start())
      crew_.dismiss(*session, worker);
    else if (worker.state == Worker::State::idle)
      worker.state = Worker::State::unproven;
  }
}

void Coordinator::settle_fall_back() {
  state_ = State::preparing;
  const bool doubt = std::exchange(doubt_records_, false);
  keeper_.keep_proven(from_start(), doubt, [this](const Result<uint64_t>& proven) {
    if (!proven) give_up(proven.error());
    if (state_ != State::preparing) return;
    state_ = State::fetching;
    dealer_.add({{from_start() ? 0 : *proven, *facts_->size_bytes}});
  });
}

void Coordinator::become_one_session(Offsets offsets, const Error& error) {
  if (!one_session()) {
    observer_.on_message(MessageLevel::warning, fmt::format("{}: one connection only, because {}",
                                                            name_, describe(error)));
  }
  offsets_ = offsets;
  dealer_.clear();
}

void Coordinator::warn_of_unknown_size() {
  observer_.on_message(MessageLevel::warning,
                       name_ +
                           ": one connection only, and no resuming, because the server does "
                           "not tell the file's size");
}

void Coordinator::on_lost(Session& session, const SessionEnd& end, TimePoint now) {
  const auto it = crew_.workers().find(&session);
  if (it == crew_.workers().end()) return;
  Worker worker = std::move(it->second);
  crew_.workers().erase(it);
  if (worker.state != Worker::State::fetching) return;
  const uint64_t position = worker.writer->position();
  worker.writer.reset();
  if (worker.leaving || state_ != State::fetching) return;
  on_range_failed(session, worker, end.error, position, now);
}

void Coordinator::give_up(Error error) {
  if (state_ == State::storing || state_ == State::ended || error_) return;
  error_ = std::move(error);
  state_ = State::stopping;
  for (auto& [session, worker] : crew_.workers()) {
    const bool busy =
        worker.state == Worker::State::fetching || worker.state == Worker::State::inspecting;
    if (busy && !worker.leaving) crew_.dismiss(*session, worker);
  }
}

void Coordinator::finish() {
  state_ = State::storing;
  const uint64_t size = size_known() ? *facts_->size_bytes : whole_size_bytes_;
  std::optional<std::time_t> mtime;
  if (facts_->mdtm) mtime = facts_->mdtm->unix_seconds;
  keeper_.finish(size, mtime, [this, size](Result<std::string> digest) {
    if (!digest) {
      conclude(tl::make_unexpected(digest.error()));
      return;
    }
    FetchResult result;
    result.size_bytes = size;
    result.xxh3_128 = std::move(*digest);
    conclude(std::move(result));
  });
}

/// Keeps what is there and ends with the error that made it stop.
void Coordinator::store_and_fail() {
  state_ = State::storing;
  const auto leave =
      keeper_.choose_leave(has_changed_, tally_.fetched_bytes(), tally_.resumed_bytes());
  keeper_.close(leave, [this](const Result<std::filesystem::path>& aside) {
    if (!aside && error_->kind != ErrorKind::disk) error_ = aside.error();
    if (aside && !aside->empty()) {
      error_->message += "; what was here of it is kept as " + for_display(aside->native());
    }
    conclude(tl::make_unexpected(*error_));
  });
}

void Coordinator::conclude(Result<FetchResult> result) {
  state_ = State::ended;
  if (tally_.started()) {
    tally_.report(done_bytes(), count_moving(crew_.workers()), tally_.next_report());
  }
  if (result) {
    result->path = job_.local.target;
    tally_.fill(*result);
  }
  // The sessions stay open for the next file from this host, but for one that is in the middle of
  // something.
  crew_.give_back();
  result_ = std::move(result);
}

/// What is on disk; bytes that are fetched again are not counted twice.
uint64_t Coordinator::done_bytes() const {
  if (!one_session()) return tally_.resumed_bytes() + tally_.fetched_bytes();
  for (const auto& [session, worker] : crew_.workers()) {
    if (worker.fetching()) return worker.range.begin + worker.range_bytes();
  }
  return 0;
}

}  // namespace ftpull::transfer
