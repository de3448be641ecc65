#include "net/ftp_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"
#include "net/overloaded.h"

namespace ftpull::net {
namespace {

/// How long an unfinished multi-line reply may stand before it is read the way that curl and lftp
/// do (QUIRKS A2); a server that is still writing is seldom silent for so long.
constexpr Duration kSettlePatience = std::chrono::seconds(3);

}  // namespace

FtpSession::FtpSession(Host& host, transfer::SessionObserver& observer, int number)
    : host_(host),
      observer_(observer),
      number_(number),
      timer_(host.loop, [this] { on_timer(); }) {}

FtpSession::~FtpSession() {
  if (counted_) host_.on_disconnected();
}

void FtpSession::enter(State state) {
  state_ = state;
  last_event_ = host_.loop.now();
  on_timer();
}

void FtpSession::open() {
  enter(State::connecting);
  if (host_.pinned()) {
    dial_control({*host_.pinned()});
    return;
  }
  const Host::Settings& settings = host_.settings;
  resolve_ = std::make_unique<Resolve>(host_.loop, settings.name, settings.port, settings.family,
                                       [this](Result<std::vector<Address>> addresses) {
                                         if (!addresses)
                                           lose(addresses.error());
                                         else
                                           dial_control(std::move(*addresses));
                                       });
}

void FtpSession::dial_control(std::vector<Address> addresses) {
  dial_ = std::make_unique<Dial>(host_.loop, std::move(addresses), std::nullopt,
                                 host_.settings.connect_timeout,
                                 [this](Result<Dial::Connected> connected) {
                                   dialing_ = false;
                                   if (connected) {
                                     on_control_connected(std::move(*connected));
                                     return;
                                   }
                                   host_.on_unreachable();
                                   lose(with_host(connected.error()));
                                 });
  dialing_ = true;
}

void FtpSession::on_control_connected(Dial::Connected connected) {
  if (host_.traces()) host_.trace(number_, "connected to " + connected.peer.text());
  const auto local = Address::of_socket(connected.fd.get());
  if (!local) {
    lose(with_host(local.error()));
    return;
  }
  ends_ = RangeFetch::Ends{*local, connected.peer};
  host_.on_connected(connected.peer);
  counted_ = true;
  control_ = std::make_unique<ControlStream>(
      host_.loop, std::move(connected.fd),
      ControlStream::Events{[this](std::string_view bytes) { on_control_bytes(bytes); },
                            [this](Error error) { on_control_lost(std::move(error)); }});
  auto& login = conversation_.emplace<ftp::Login>(host_.settings.credentials);
  enter(State::login);
  carry_out(login.start());
}

void FtpSession::inspect(const std::string& path) {
  auto& inspect = conversation_.emplace<ftp::Inspect>(path, std::exchange(reply_owed_, false));
  enter(State::inspecting);
  carry_out(inspect.start());
}

void FtpSession::fetch(const transfer::RangeRequest& request, Sink& sink) {
  ftp::Retrieve::Request retrieve;
  retrieve.path = request.path;
  retrieve.offset = request.begin;
  retrieve.try_epsv = !host_.epsv_fails;
  retrieve.ipv6 = ends_->peer.is_ipv6();
  retrieve.last_restart = last_restart_;
  retrieve.reply_owed = reply_owed_;
  const bool rang = offers_rang_ && !host_.rang_fails && !request.to_end_of_file;
  if (rang) retrieve.rang_end = request.end;
  range_ = std::make_unique<RangeFetch>(
      host_, *ends_, request, retrieve, sink,
      RangeFetch::Events{
          [this](const ftp::Send& line) { send(line); },
          [this](uint64_t bytes) { observer_.on_bytes(*this, bytes, host_.loop.now()); },
          [this](const transfer::RangeEnd& end) { on_range_end(end); },
          [this] { timer_.start(Duration(0)); }, [this] { on_timer(); }});
  enter(State::fetching);
  range_->start();
}

uint64_t FtpSession::claimed() const {
  return range_->claimed();
}

void FtpSession::set_end(uint64_t end, bool to_end_of_file) {
  range_->set_end(end, to_end_of_file);
}

void FtpSession::on_control_bytes(std::string_view bytes) {
  last_byte_ = host_.loop.now();
  may_settle_ = true;
  const auto fed = parser_.feed(bytes);
  take_replies();
  if (!fed) lose(with_host(fed.error()));
}

void FtpSession::take_replies() {
  while (state_ != State::closing && state_ != State::closed) {
    const auto reply = parser_.next();
    if (!reply) break;
    on_reply(*reply);
  }
}

void FtpSession::on_reply(const ftp::Reply& reply) {
  if (host_.traces()) host_.trace(number_, "< " + reply.text());
  // A server that keeps saying "soon" makes no progress.
  if (!reply.is_preliminary()) last_event_ = host_.loop.now();
  switch (state_) {
    case State::login:
      carry_out(std::get<ftp::Login>(conversation_).on_reply(reply));
      return;
    case State::inspecting:
      carry_out(std::get<ftp::Inspect>(conversation_).on_reply(reply));
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
      }
      return;
    case State::connecting:
    case State::closing:
    case State::closed:
      return;
  }
}

void FtpSession::carry_out(const ftp::Actions& actions) {
  for (const ftp::Action& action : actions) {
    if (state_ != State::login && state_ != State::inspecting) return;
    std::visit(Overloaded{
                   [this](const ftp::Send& line) { send(line); },
                   [this](const ftp::Finish&) { on_finish(); },
                   [this](const ftp::Fail& failure) { on_fail(failure); },
                   // Login and Inspect have no data connection.
                   [](const ftp::OpenData&) {},
                   [](const ftp::CloseData&) {},
               },
               action);
  }
}

void FtpSession::send(const ftp::Send& send) {
  if (host_.traces()) {
    const auto verb = std::string_view(send.line).substr(0, send.line.find(' '));
    host_.trace(number_,
                send.secret ? fmt::format("> {} ***", verb) : "> " + for_display(send.line));
  }
  control_->send_line(send.line);
}

void FtpSession::on_finish() {
  const bool was_login = state_ == State::login;
  enter(State::idle);
  if (was_login) {
    offers_rang_ = std::get<ftp::Login>(conversation_).features().rang_stream;
    observer_.on_open(*this, host_.loop.now());
  } else {
    observer_.on_inspected(*this, std::get<ftp::Inspect>(conversation_).facts(), host_.loop.now());
  }
}

void FtpSession::on_fail(const ftp::Fail& failure) {
  if (state_ == State::login) {
    end_ =
        transfer::SessionEnd{with_host(failure.error), std::get<ftp::Login>(conversation_).limit()};
    close();
    return;
  }
  enter(State::idle);
  observer_.on_inspected(*this, tl::make_unexpected(with_host(failure.error)), host_.loop.now());
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

void FtpSession::on_control_lost(Error error) {
  control_lost_ = true;
  if (state_ == State::fetching)
    range_->on_control_lost(std::move(error));
  else
    lose(with_host(std::move(error)));
}

TimePoint FtpSession::deadline() const {
  // A dial has its own limit, and says itself what went wrong.
  if (dialing_) return kNever;
  const Duration timeout = host_.settings.timeout;
  TimePoint due = kNever;
  switch (state_) {
    case State::idle:
    case State::closing:
    case State::closed:
      return kNever;
    case State::connecting:
    case State::login:
    case State::inspecting:
      due = last_event_ + timeout;
      break;
    case State::fetching:
      due = range_->deadline();
      break;
  }
  const bool unsettled = may_settle_ && parser_.has_buffered();
  return unsettled ? std::min(due, last_byte_ + kSettlePatience) : due;
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
  } else if (state_ == State::idle || state_ == State::closed) {
    timer_.stop();
  } else {
    // While the pool or the rate limit is waited for there is no deadline, but there may be one
    // soon.
    timer_.start(due == kNever ? host_.settings.timeout : due - now);
  }
}

void FtpSession::on_deadline() {
  if (may_settle_ && parser_.has_buffered()) {
    may_settle_ = false;
    if (parser_.settle()) take_replies();
    on_timer();
  } else if (state_ == State::fetching) {
    range_->on_deadline();
  } else {
    const double seconds = to_seconds(host_.settings.timeout);
    lose(with_host({ErrorKind::network,
                    fmt::format("the server was silent for {}", format_duration(seconds)),
                    {},
                    {}}));
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
  if (polite) control_->send_line("QUIT");
  state_ = State::closing;
  if (control_ != nullptr) control_->stop();
  resolve_.reset();
  dial_.reset();
  dialing_ = false;
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
