#include "net/ftp_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "net/overloaded.h"

namespace ftpull::net {

using ftp::Owed;

namespace {

/// Older answers to lines that were sent ahead are not used: the file may have changed, and the
/// data port may have been closed.
constexpr Duration kFreshness = std::chrono::seconds(5);
/// For the first answer to a command that was sent during a transfer. Servers that throw it away
/// never answer, the others at once.
constexpr Duration kFollowPatience = std::chrono::seconds(3);
/// The same where it has worked: a packet that is lost twice takes as long as that.
constexpr Duration kProvenFollowPatience = std::chrono::seconds(10);

}  // namespace

FtpSession::FtpSession(Host& host, transfer::SessionObserver& observer, int number)
    : host_(host),
      observer_(observer),
      number_(number),
      timer_(host.loop, [this] { on_timer(); }) {}

void FtpSession::enter(State state) {
  state_ = state;
  entered_ = host_.loop.now();
  on_timer();
}

void FtpSession::open(const std::string& expected_path) {
  opening_ = std::make_unique<Opening>(
      host_, number_, expected_path,
      Opening::Events{[this](Opening::Opened opened) { on_open(std::move(opened)); },
                      [this](transfer::SessionEnd end) {
                        end_ = {with_host(std::move(end.error)), end.limit};
                        close();
                      }});
}

void FtpSession::on_open(Opening::Opened opened) {
  control_ = std::move(opened.control);
  control_->hand_to(*this);
  ends_ = opened.ends;
  enter(State::idle);
  opened_ = entered_;
  observer_.on_open(*this, host_.loop.now());
}

void FtpSession::inspect(const std::string& path, bool anew) {
  fetch_.reset();
  ask_facts(path, anew);
}

void FtpSession::ask_facts(const std::string& path, bool anew) {
  if (anew) control_->forget_answers();
  forget_stale_answers();
  // An owed reply would be taken for the answer to the first of several lines.
  const bool together = anew && owed_ != Owed::final_reply && !control_->ahead().outstanding() &&
                        host_.asks_together && host_.learned.pipelining == store::Pipelining::works;
  const std::string from_here = path_from_here(path);
  if (together) control_->expect(ftp::Inspect::usual_lines(from_here, host_.learned.iac));
  inspect_.emplace(from_here, std::exchange(owed_, Owed::nothing), host_.learned.iac);
  enter(State::inspecting);
  begin();
}

void FtpSession::begin() {
  if (noop_sent_) return;
  if (state_ == State::inspecting)
    carry_out(inspect_->start());
  else if (state_ == State::entering)
    carry_out(entering_->start());
  else if (state_ == State::fetching)
    range_->start();
}

void FtpSession::keep_alive() {
  noop_sent_ = host_.loop.now();
  control_->send({"NOOP"});
  on_timer();
}

void FtpSession::on_alive() {
  noop_sent_.reset();
  if (state_ == State::idle)
    enter(State::idle);
  else
    begin();
}

std::string FtpSession::path_from_here(const std::string& path) const {
  return home_ ? ftp::absolute_path(path, *home_) : path;
}

/// The name has an 0xFF in it, and how that is to be written is not known yet.
bool FtpSession::is_doubtful(const transfer::RangeRequest& request) const {
  return !host_.learned.iac && ftp::has_lone_iac(request.path);
}

bool FtpSession::uses_list(const transfer::RangeRequest& request) const {
  return request.is_folder && (request.lists_links || !host_.knows_mlsd());
}

void FtpSession::fetch(const transfer::RangeRequest& request, Sink& sink) {
  forget_stale_answers();
  fetch_ = Fetch{request, &sink};
  const bool in_doubt = is_doubtful(request);
  if (uses_list(request) || (in_doubt && request.is_folder)) {
    entering_.emplace(request.path, home_, std::exchange(owed_, Owed::nothing), host_.learned.iac);
    enter(State::entering);
    begin();
  } else if (in_doubt) {
    ask_facts(request.path, false);
  } else {
    begin_fetch();
  }
}

void FtpSession::begin_fetch() {
  past_.reset();
  range_ = make_fetch(fetch_->request, *fetch_->sink, owed_);
  enter(State::fetching);
  begin();
}

std::unique_ptr<RangeFetch> FtpSession::make_fetch(const transfer::RangeRequest& request,
                                                   Sink& sink, Owed owed) {
  ftp::Retrieve::Request retrieve;
  retrieve.path = path_from_here(request.path);
  if (request.is_folder) {
    using Command = ftp::Retrieve::Command;
    retrieve.command = uses_list(request) ? Command::list : Command::mlsd;
  }
  retrieve.offset = request.begin;
  retrieve.data = host_.data_opening();
  retrieve.data.owed = owed;
  retrieve.eager = (request.is_small || request.is_folder) && host_.data_works;
  retrieve.asks_time = request.asks_time && host_.data_works;
  retrieve.last_restart = last_restart_;
  retrieve.iac = host_.learned.iac.value_or(ftp::Iac::doubled);
  const bool offered = host_.learned.offers && host_.learned.offers->rang;
  const bool rang = offered && !host_.learned.rang_fails && !request.to_end_of_file;
  if (rang) retrieve.rang_end = request.end;
  // It is told apart by its place, which it does not have yet while it is made.
  const auto self = std::make_shared<const RangeFetch*>(nullptr);
  auto fetch = std::make_unique<RangeFetch>(
      host_, *ends_, request, retrieve, sink,
      RangeFetch::Events{
          [this](const ftp::Send& line) { control_->send(line); },
          [this](uint64_t bytes) { observer_.on_bytes(*this, bytes, host_.loop.now()); },
          [this, self](const transfer::RangeEnd& end) { on_end_of(*self, end); },
          [this] { timer_.start(Duration(0)); }, [this] { on_timer(); }});
  *self = fetch.get();
  return fetch;
}

bool FtpSession::takes_next() const {
  return state_ == State::fetching && !noop_sent_ && !control_lost_ && !next_ && !next_end_ &&
         fetch_->request.is_small && range_->is_asked_for() && !follows_ &&
         host_.may_follow(number_);
}

void FtpSession::fetch_next(const transfer::RangeRequest& request, Sink& sink) {
  past_.reset();
  if (is_doubtful(request)) {
    const Error error{ErrorKind::network, "the name has to be asked for by itself", {}, {}};
    next_end_ = transfer::RangeEnd{0, error, true, true};
    return;
  }
  host_.learned.following.on_tried(number_);
  next_ = make_fetch(request, sink, Owed::final_reply);
  next_->start();
}

void FtpSession::on_end_of(const RangeFetch* which, const transfer::RangeEnd& end) {
  if (which == next_.get()) {
    past_ = std::move(next_);
    next_end_ = end;
    return;
  }
  on_range_end(end);
}

/// The server does not bear it.
void FtpSession::give_next_up() {
  host_.learned.following.on_broken();
  if (host_.traces()) host_.trace(number_, "no commands during a transfer");
  next_->abandon();
  past_ = std::move(next_);
  next_end_ = transfer::RangeEnd{
      0, Error{ErrorKind::network, "the server takes no commands during a transfer", {}, {}}, true,
      true};
}

/// `owed`: for the one that has ended.
void FtpSession::promote_next(Owed owed) {
  past_ = std::move(range_);
  range_ = std::move(next_);
  range_->take_turn(owed);
  entered_ = host_.loop.now();
  follows_ = true;
  if (range_->is_agreed()) on_follow_answered();
}

/// When the server has not read what it was sent during a transfer. It may have done so before:
/// small files are over before some servers see what comes behind them.
TimePoint FtpSession::follow_deadline() const {
  const bool proven = host_.learned.following.is_proven();
  return follows_ ? entered_ + (proven ? kProvenFollowPatience : kFollowPatience) : kNever;
}

uint64_t FtpSession::claimed() const {
  return range_->claimed();
}

void FtpSession::cut() {
  range_->cut();
  timer_.start(Duration(0));
}

void FtpSession::set_end(uint64_t end, bool to_end_of_file) {
  range_->set_end(end, to_end_of_file);
}

void FtpSession::on_reply(const ftp::Reply& reply) {
  if (noop_sent_ && reply.code != 421) {
    if (!reply.is_preliminary() && !ftp::OwedReplies::ends_transfer(reply)) on_alive();
    return;
  }
  switch (state_) {
    case State::inspecting:
      carry_out(inspect_->on_reply(reply));
      return;
    case State::entering:
      carry_out(entering_->on_reply(reply));
      return;
    case State::fetching:
      on_transfer_reply(reply);
      if (follows_ && range_ && range_->is_agreed()) on_follow_answered();
      return;
    case State::idle:
      // What was still owed for the last transfer, or a surplus reply (QUIRKS A11): neither is an
      // answer to anything that will be asked.
      if (!reply.is_preliminary() && owed_ == Owed::final_reply) owed_ = Owed::surplus;
      if (reply.code == 421) {
        lose(with_host(
            {ErrorKind::network, "the server closed the idle connection", reply.text(), {}}));
      } else {
        on_timer();
      }
      return;
    case State::opening:
    case State::closing:
    case State::closed:
      return;
  }
}

void FtpSession::on_transfer_reply(const ftp::Reply& reply) {
  const bool both_wait = next_ && !range_->is_answered();
  const bool refuses = both_wait && ftp::OwedReplies::refuses_mid_transfer(reply);
  const bool agrees = both_wait && range_->is_agreed() && ftp::OwedReplies::agrees_on_data(reply);
  if (refuses && range_->is_under_way()) {
    give_next_up();
  } else if (refuses || agrees) {
    // Before the transfer has begun it cannot be told which of the two is refused.
    on_overtaken();
  } else {
    (next_ && range_->is_answered() ? next_ : range_)->on_reply(reply);
  }
}

/// It has left the transfer for the command that came behind it: no reply tells its end, and there
/// may be no more data.
void FtpSession::on_overtaken() {
  host_.learned.following.on_broken();
  if (host_.traces()) host_.trace(number_, "a command ends the transfer before it");
  lose_control({ErrorKind::network, "the server answers the next command in a transfer", {}, {}},
               true);
}

void FtpSession::carry_out(const ftp::Actions& actions) {
  for (const ftp::Action& action : actions) {
    if (state_ != State::inspecting && state_ != State::entering) return;
    std::visit(Overloaded{
                   [this](const ftp::Send& line) { control_->send(line); },
                   [this](const ftp::Finish&) { on_finish(); },
                   [this](const ftp::Fail& failure) { on_fail(failure); },
                   // Neither an Inspect nor an EnterFolder has a data connection.
                   [](const ftp::OpenData&) {},
                   [](const ftp::CloseData&) {},
               },
               action);
  }
}

void FtpSession::on_finish() {
  const auto iac = state_ == State::entering ? entering_->iac() : inspect_->iac();
  if (iac) host_.learned.iac = iac;
  if (state_ == State::entering) home_ = entering_->home();
  if (fetch_) {
    begin_fetch();
    return;
  }
  enter(State::idle);
  observer_.on_inspected(*this, inspect_->facts(), host_.loop.now());
}

void FtpSession::on_fail(const ftp::Fail& failure) {
  const bool was_inspecting = state_ == State::inspecting && !fetch_;
  const Error error = with_host(failure.error);
  enter(State::idle);
  if (was_inspecting) {
    observer_.on_inspected(*this, tl::make_unexpected(error), host_.loop.now());
  } else {
    observer_.on_range_end(*this, {0, error, !failure.session_lost}, host_.loop.now());
  }
  if (failure.session_lost) close();
}

void FtpSession::on_range_end(const transfer::RangeEnd& end) {
  last_restart_ = range_->last_restart();
  transfer::RangeEnd told = end;
  const bool has_second = next_ != nullptr || next_end_;
  // What is wrong with the session is wrong for both.
  if (next_end_) {
    told.reusable = told.reusable && next_end_->reusable;
    told.has_other_way |= next_end_->has_other_way && !told.reusable;
  }
  if ((follows_ || has_second) && !told.reusable) {
    host_.learned.following.on_lost();
    told.has_other_way |= host_.learned.following.verdict() == store::Pipelining::fails;
  }
  follows_ = false;
  if (has_second && told.reusable && next_) {
    promote_next(range_->owed());
    tell(told);
    on_timer();
    return;
  }
  owed_ = range_->owed();
  enter(State::idle);
  tell(told);
  const auto second = std::exchange(next_end_, std::nullopt);
  if (second && told.reusable) tell(*second);
}

void FtpSession::tell(const transfer::RangeEnd& end) {
  transfer::RangeEnd told = end;
  if (told.error) told.error = with_host(*told.error);
  observer_.on_range_end(*this, told, host_.loop.now());
}

void FtpSession::on_lost(Error error) {
  lose_control(std::move(error), false);
}

void FtpSession::lose_control(Error error, bool has_other_way) {
  control_lost_ = true;
  if (state_ == State::fetching) {
    if (next_) {
      next_->abandon();
      past_ = std::move(next_);
      next_end_ = transfer::RangeEnd{0, error, false, has_other_way};
    }
    range_->on_control_lost(std::move(error));
  } else
    lose(with_host(std::move(error)));
}

void FtpSession::on_follow_answered() {
  follows_ = false;
  host_.learned.following.on_answered();
}

void FtpSession::on_mixed_up() {
  host_.asks_together = false;
  lose(
      with_host({ErrorKind::network, "the server's answers do not fit what it was asked", {}, {}}));
}

void FtpSession::forget_stale_answers() {
  if (host_.loop.now() - opened_ > kFreshness) control_->forget_answers();
}

TimePoint FtpSession::deadline() const {
  const Duration timeout = host_.settings.timeout;
  const Duration keepalive = host_.settings.keepalive;
  const bool is_gone = state_ == State::closing || state_ == State::closed;
  if (noop_sent_ && !is_gone) return *noop_sent_ + timeout;
  switch (state_) {
    case State::opening:
    case State::closing:
    case State::closed:
      return kNever;
    case State::idle:
      return owed_ == Owed::final_reply || keepalive == Duration(0) ? kNever : entered_ + keepalive;
    case State::inspecting:
    case State::entering:
      return std::max(entered_, control_->last_answer()) + timeout;
    case State::fetching:
      return std::min(follow_deadline(), range_->deadline());
  }
  return kNever;
}

void FtpSession::on_timer() {
  if (state_ == State::closing) {
    finish_closing();
    return;
  }
  const TimePoint due = deadline();
  const TimePoint now = host_.loop.now();
  if (due <= now) {
    on_deadline();
  } else if (due == kNever && (state_ == State::idle || state_ == State::closed)) {
    timer_.stop();
  } else {
    // While the pool or the rate limit is waited for there is no deadline, but there may be one
    // soon.
    timer_.start(due == kNever ? host_.settings.timeout : due - now);
  }
}

void FtpSession::on_deadline() {
  if (state_ == State::fetching && !noop_sent_) {
    if (follow_deadline() <= host_.loop.now()) host_.learned.following.on_broken();
    range_->on_deadline();
  } else if (state_ == State::idle && !noop_sent_) {
    keep_alive();
  } else {
    lose(with_host(host_.silence()));
  }
}

Error FtpSession::with_host(Error error) const {
  if (error.kind != ErrorKind::disk && error.kind != ErrorKind::usage) {
    error.message = fmt::format("{}: {}", for_display(host_.settings.name), error.message);
  }
  return error;
}

void FtpSession::lose(Error error) {
  if (!end_) end_ = transfer::SessionEnd{std::move(error), std::nullopt};
  close();
}

void FtpSession::close() {
  if (state_ == State::closing || state_ == State::closed) return;
  // QUIT in the middle of a transfer is read as its end by some servers, late by others (QUIRKS
  // D18).
  const bool polite = state_ == State::idle && control_ != nullptr && !control_lost_;
  if (polite) control_->send({"QUIT"});
  state_ = State::closing;
  if (control_ != nullptr) control_->stop();
  if (opening_ != nullptr) opening_->stop();
  if (range_ != nullptr) range_->abandon();
  if (next_ != nullptr) next_->abandon();
  host_.learned.following.on_closed(number_);
  timer_.start(Duration(0));
}

void FtpSession::finish_closing() {
  // on_abandoned comes back here.
  for (const auto* fetch : {&range_, &next_, &past_}) {
    if (*fetch != nullptr && (*fetch)->data_under_way()) return;
  }
  state_ = State::closed;
  if (!end_) {
    end_ = transfer::SessionEnd{{ErrorKind::interrupted, "the session was closed", {}, {}},
                                std::nullopt};
  }
  observer_.on_closed(*this, *end_, host_.loop.now());
}

}  // namespace ftpull::net
