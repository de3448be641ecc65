#include "net/ftp_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "net/overloaded.h"

namespace ftpull::net {
namespace {

/// Older answers to lines that were sent ahead are not used: the file may have changed, and the
/// data port may have been closed.
constexpr Duration kFreshness = std::chrono::seconds(5);

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
  if (anew) control_->forget_answers();
  forget_stale_answers();
  // An owed reply would be taken for the answer to the first of several lines.
  const bool together = anew && !reply_owed_ && !control_->ahead().outstanding() &&
                        host_.asks_together && host_.learned.pipelining == store::Pipelining::works;
  const std::string from_here = path_from_here(path);
  if (together) control_->expect(ftp::Inspect::usual_lines(from_here, host_.learned.iac));
  inspect_.emplace(from_here, std::exchange(reply_owed_, false), host_.learned.iac);
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

void FtpSession::fetch(const transfer::RangeRequest& request, Sink& sink) {
  forget_stale_answers();
  fetch_ = Fetch{request, &sink};
  if (request.is_folder && !host_.knows_mlsd()) {
    entering_.emplace(request.path, home_, std::exchange(reply_owed_, false),
                      host_.learned.iac.value_or(ftp::Iac::doubled));
    enter(State::entering);
    begin();
  } else {
    begin_fetch();
  }
}

void FtpSession::begin_fetch() {
  const transfer::RangeRequest& request = fetch_->request;
  ftp::Retrieve::Request retrieve;
  retrieve.path = path_from_here(request.path);
  if (request.is_folder) {
    using Command = ftp::Retrieve::Command;
    retrieve.command = host_.knows_mlsd() ? Command::mlsd : Command::list;
  }
  retrieve.offset = request.begin;
  retrieve.data = host_.data_opening();
  retrieve.data.reply_owed = reply_owed_;
  retrieve.last_restart = last_restart_;
  retrieve.iac = host_.learned.iac.value_or(ftp::Iac::doubled);
  const bool offered = host_.learned.offers && host_.learned.offers->rang;
  const bool rang = offered && !host_.learned.rang_fails && !request.to_end_of_file;
  if (rang) retrieve.rang_end = request.end;
  range_ = std::make_unique<RangeFetch>(
      host_, *ends_, request, retrieve, *fetch_->sink,
      RangeFetch::Events{
          [this](const ftp::Send& line) { control_->send(line); },
          [this](uint64_t bytes) { observer_.on_bytes(*this, bytes, host_.loop.now()); },
          [this](const transfer::RangeEnd& end) { on_range_end(end); },
          [this] { timer_.start(Duration(0)); }, [this] { on_timer(); }});
  enter(State::fetching);
  begin();
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
    if (!reply.is_preliminary()) on_alive();
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
      range_->on_reply(reply);
      return;
    case State::idle:
      // What was still owed for the last transfer, or a surplus reply (QUIRKS A11): neither is an
      // answer to anything that will be asked.
      reply_owed_ = reply_owed_ && reply.is_preliminary();
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
  if (state_ == State::entering) {
    home_ = entering_->home();
    begin_fetch();
    return;
  }
  if (inspect_->iac()) host_.learned.iac = inspect_->iac();
  enter(State::idle);
  observer_.on_inspected(*this, inspect_->facts(), host_.loop.now());
}

void FtpSession::on_fail(const ftp::Fail& failure) {
  const bool was_inspecting = state_ == State::inspecting;
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
  reply_owed_ = range_->reply_owed();
  transfer::RangeEnd told = end;
  if (told.error) told.error = with_host(*told.error);
  enter(State::idle);
  observer_.on_range_end(*this, told, host_.loop.now());
}

void FtpSession::on_lost(Error error) {
  control_lost_ = true;
  if (state_ == State::fetching)
    range_->on_control_lost(std::move(error));
  else
    lose(with_host(std::move(error)));
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
      return reply_owed_ || keepalive == Duration(0) ? kNever : entered_ + keepalive;
    case State::inspecting:
    case State::entering:
      return std::max(entered_, control_->last_answer()) + timeout;
    case State::fetching:
      return range_->deadline();
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
  timer_.start(Duration(0));
}

void FtpSession::finish_closing() {
  if (range_ != nullptr && range_->data_under_way()) return;  // on_abandoned comes back here
  state_ = State::closed;
  if (!end_) {
    end_ = transfer::SessionEnd{{ErrorKind::interrupted, "the session was closed", {}, {}},
                                std::nullopt};
  }
  observer_.on_closed(*this, *end_, host_.loop.now());
}

}  // namespace ftpull::net
