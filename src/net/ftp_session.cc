#include "net/ftp_session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"
#include "core/units.h"

namespace ftpull::net {
namespace {

/// How long a hanging EPSV port may take before PASV is tried (QUIRKS H7).
constexpr Duration kEpsvPatience = std::chrono::seconds(5);
/// How long the reply to a transfer may follow its data, and the other way round. Longer is of no
/// use: the bytes are counted, and a lost reply costs only this session (QUIRKS E1, E3).
constexpr Duration kFinalReplyPatience = std::chrono::seconds(5);

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

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
  peer_ = connected.peer;
  host_.on_connected(connected.peer);
  counted_ = true;
  if (auto local = Address::of_socket(connected.fd.get())) local_ = *local;
  control_ = std::make_unique<ControlStream>(
      host_.loop, std::move(connected.fd),
      ControlStream::Events{[this](std::string_view bytes) { on_control_bytes(bytes); },
                            [this](Error error) { on_control_lost(std::move(error)); }});
  auto& login = conversation_.emplace<ftp::Login>(host_.settings.credentials);
  enter(State::login);
  carry_out(login.start());
}

void FtpSession::inspect(const std::string& path) {
  auto& inspect = conversation_.emplace<ftp::Inspect>(path);
  enter(State::inspecting);
  carry_out(inspect.start());
}

void FtpSession::fetch(const transfer::RangeRequest& request, Sink& sink) {
  range_ = request;
  sink_ = &sink;
  position_ = request.begin;
  data_.reset();
  data_outcome_.reset();
  data_error_.reset();
  conversation_failure_.reset();
  auto& retrieve = conversation_.emplace<ftp::Retrieve>(
      ftp::Retrieve::Request{request.path, request.begin, !host_.epsv_fails, peer_->is_ipv6(),
                             rest_was_sent_, reply_owed_});
  enter(State::fetching);
  carry_out(retrieve.start());
}

uint64_t FtpSession::claimed() const {
  return data_under_way() ? data_->claimed() : position_;
}

void FtpSession::set_end(uint64_t end, bool to_end_of_file) {
  range_.end = end;
  range_.to_end_of_file = to_end_of_file;
  if (data_under_way()) data_->set_end(end, to_end_of_file);
}

void FtpSession::on_control_bytes(std::string_view bytes) {
  last_event_ = host_.loop.now();
  const auto fed = parser_.feed(bytes);
  while (state_ != State::closing && state_ != State::closed) {
    const auto reply = parser_.next();
    if (!reply) break;
    on_reply(*reply);
  }
  if (!fed) lose(with_host(fed.error()));
}

void FtpSession::on_reply(const ftp::Reply& reply) {
  if (host_.traces()) host_.trace(number_, "< " + reply.text());
  ftp::Actions actions;
  switch (state_) {
    case State::login:
      actions = std::get<ftp::Login>(conversation_).on_reply(reply);
      break;
    case State::inspecting:
      actions = std::get<ftp::Inspect>(conversation_).on_reply(reply);
      break;
    case State::fetching:
      actions = std::get<ftp::Retrieve>(conversation_).on_reply(reply);
      break;
    case State::idle:
      // What was still owed for the last transfer, or a surplus reply (QUIRKS A11): neither is an
      // answer to anything that will be asked.
      if (reply.code == 421) {
        lose({ErrorKind::network, "the server closed the idle connection", reply.text(), {}});
      }
      reply_owed_ = false;
      return;
    case State::connecting:
    case State::closing:
    case State::closed:
      return;
  }
  carry_out(std::move(actions));
}

void FtpSession::carry_out(ftp::Actions actions) {
  for (const ftp::Action& action : actions) {
    std::visit(Overloaded{
                   [this](const ftp::Send& send) {
                     if (host_.traces()) {
                       const auto verb = std::string_view(send.line).substr(0, send.line.find(' '));
                       host_.trace(number_, send.secret ? fmt::format("> {} ***", verb)
                                                        : "> " + for_display(send.line));
                     }
                     control_->send_line(send.line);
                   },
                   [this](const ftp::OpenData& open) { dial_data(open); },
                   [this](const ftp::CloseData&) {
                     stop_dialing();
                     if (data_under_way()) data_->stop();
                   },
                   [this](const ftp::Finish&) { on_finish(); },
                   [this](const ftp::Fail& failure) { on_fail(failure); },
               },
               action);
  }
}

void FtpSession::on_finish() {
  switch (state_) {
    case State::login:
      enter(State::idle);
      observer_.on_open(*this, host_.loop.now());
      return;
    case State::inspecting: {
      const ftp::FileFacts facts = std::get<ftp::Inspect>(conversation_).facts();
      enter(State::idle);
      observer_.on_inspected(*this, facts, host_.loop.now());
      return;
    }
    case State::fetching:
      settle_range();
      return;
    case State::idle:
    case State::connecting:
    case State::closing:
    case State::closed:
      return;
  }
}

void FtpSession::on_fail(const ftp::Fail& failure) {
  switch (state_) {
    case State::login:
      end_ = transfer::SessionEnd{with_host(failure.error),
                                  std::get<ftp::Login>(conversation_).limit()};
      close();
      return;
    case State::inspecting:
      enter(State::idle);
      observer_.on_inspected(*this, tl::make_unexpected(with_host(failure.error)),
                             host_.loop.now());
      if (failure.session_lost) close();
      return;
    case State::fetching:
      conversation_failure_ = failure;
      settle_range();
      return;
    case State::idle:
    case State::connecting:
    case State::closing:
    case State::closed:
      return;
  }
}

void FtpSession::dial_data(const ftp::OpenData& open) {
  const Duration patience = open.impatient ? std::min(kEpsvPatience, host_.settings.connect_timeout)
                                           : host_.settings.connect_timeout;
  // From the control connection's own address: servers refuse data connections from another one
  // (QUIRKS H10, H11).
  dial_ = std::make_unique<Dial>(
      host_.loop, std::vector{peer_->with_port(open.port)}, local_, patience,
      [this](Result<Dial::Connected> connected) {
        auto& retrieve = std::get<ftp::Retrieve>(conversation_);
        dialing_ = false;
        last_event_ = host_.loop.now();
        if (!connected) {
          carry_out(retrieve.on_data_refused(connected.error()));
          on_timer();
          return;
        }
        host_.epsv_fails = host_.epsv_fails || retrieve.epsv_failed();
        const DataTransfer::Limits limits{range_.begin, range_.end, range_.to_end_of_file};
        data_ = std::make_unique<DataTransfer>(
            host_.loop, std::move(connected->fd), *sink_, host_.bucket, limits,
            DataTransfer::Events{
                [this](uint64_t bytes) { observer_.on_bytes(*this, bytes, host_.loop.now()); },
                [this](DataTransfer::Outcome outcome, std::optional<Error> error) {
                  on_data_end(outcome, std::move(error));
                }});
        carry_out(retrieve.on_data_connected());
        on_timer();
      });
  dialing_ = true;
}

void FtpSession::on_data_end(DataTransfer::Outcome outcome, std::optional<Error> error) {
  data_outcome_ = outcome;
  data_error_ = std::move(error);
  position_ = data_->position();
  last_event_ = host_.loop.now();
  on_timer();
  if (state_ == State::fetching) settle_range();
  if (state_ == State::closing) timer_.start(Duration(0));
}

/// Ends the range as soon as what is known suffices to judge it.
void FtpSession::settle_range() {
  if (data_under_way()) {
    // A failed conversation has stopped it; a final reply may come before the last bytes (QUIRKS
    // E1).
    on_timer();
    return;
  }
  const auto& retrieve = std::get<ftp::Retrieve>(conversation_);
  if (conversation_failure_) {
    end_range(with_host(conversation_failure_->error),
              !conversation_failure_->session_lost && !control_lost_);
    return;
  }
  const bool complete = data_outcome_ == DataTransfer::Outcome::complete;
  const bool ours = data_outcome_ == DataTransfer::Outcome::sink_failed ||
                    data_outcome_ == DataTransfer::Outcome::overflow;
  const bool needs_reply = !complete && !ours && !retrieve.final_reply();
  if (!needs_reply || control_lost_) end_range(judge_range(), !control_lost_ && !ours);
}

/// What came of a transfer that has ended: nothing when every byte that was asked for is there.
std::optional<Error> FtpSession::judge_range() const {
  const auto& reply = std::get<ftp::Retrieve>(conversation_).final_reply();
  const std::string words = reply ? reply->text() : std::string();
  if (!data_outcome_) {
    return with_host({ErrorKind::network, "the transfer ended before it began", words, {}});
  }
  switch (*data_outcome_) {
    case DataTransfer::Outcome::complete:
      return std::nullopt;
    case DataTransfer::Outcome::sink_failed:
      return data_error_;
    case DataTransfer::Outcome::overflow:
      return with_host(
          {ErrorKind::changed,
           fmt::format("the server sends more than the {} bytes that it announced", *range_.end),
           words, "The file is being written to on the server: try again later"});
    case DataTransfer::Outcome::broken: {
      Error error = *data_error_;
      error.reply = words;
      return with_host(std::move(error));
    }
    case DataTransfer::Outcome::closed:
      break;
  }
  // Without a known end only the server's word tells a complete file from one that was cut.
  if (!range_.end && reply && reply->is_success()) return std::nullopt;
  std::string message = "the server did not say that the file is complete";
  if (range_.end) {
    message =
        fmt::format("the data ended {} bytes before the end of the range", *range_.end - position_);
  }
  return with_host({ErrorKind::network, std::move(message), words, {}});
}

void FtpSession::end_range(std::optional<Error> error, bool reusable) {
  const auto& retrieve = std::get<ftp::Retrieve>(conversation_);
  rest_was_sent_ = rest_was_sent_ || retrieve.sent_rest();
  reply_owed_ = retrieve.reply_owed();
  sink_ = nullptr;
  enter(State::idle);
  observer_.on_range_end(*this, {position_, std::move(error), reusable}, host_.loop.now());
}

void FtpSession::on_control_lost(Error error) {
  control_lost_ = true;
  if (state_ != State::fetching) {
    lose(with_host(std::move(error)));
    return;
  }
  // The data may be complete all the same, and what still comes of it is not fetched again.
  const bool came = std::get<ftp::Retrieve>(conversation_).transfer_began() && data_ != nullptr;
  if (!came) {
    conversation_failure_ = ftp::Fail{std::move(error), true};
    stop_dialing();
    if (data_under_way()) data_->stop();
  }
  if (state_ == State::fetching) settle_range();
}

/// When the server has taken too long, judged by what is waited for.
TimePoint FtpSession::deadline() const {
  const Duration timeout = host_.settings.timeout;
  // A dial has its own limit, and says itself what went wrong.
  if (dialing_) return kNever;
  switch (state_) {
    case State::idle:
    case State::closing:
    case State::closed:
      return kNever;
    case State::connecting:
    case State::login:
    case State::inspecting:
      return last_event_ + timeout;
    case State::fetching:
      break;
  }
  const auto& retrieve = std::get<ftp::Retrieve>(conversation_);
  if (data_outcome_) return last_event_ + std::min(kFinalReplyPatience, timeout);
  if (!data_under_way()) return last_event_ + timeout;
  const TimePoint since = data_->waiting_since();
  if (since == kNever) return kNever;
  if (retrieve.final_reply()) {
    return std::max(since, last_event_) + std::min(kFinalReplyPatience, timeout);
  }
  return std::max(since, retrieve.transfer_began() ? since : last_event_) + timeout;
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
  const Error silent{ErrorKind::network,
                     fmt::format("the server was silent for {}",
                                 format_duration(to_seconds(host_.settings.timeout))),
                     {},
                     {}};
  if (state_ != State::fetching) {
    lose(with_host(silent));
    return;
  }
  if (data_outcome_) {
    // Only the last reply is missing, and it will not come.
    end_range(judge_range(), false);
    return;
  }
  if (!conversation_failure_) conversation_failure_ = ftp::Fail{silent, true};
  stop_dialing();
  if (data_under_way()) data_->stop();
  if (state_ == State::fetching) settle_range();
}

void FtpSession::stop_dialing() {
  dial_.reset();
  dialing_ = false;
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
  stop_dialing();
  if (data_under_way()) data_->stop();
  timer_.start(Duration(0));
}

void FtpSession::finish_closing() {
  if (data_under_way()) return;  // on_data_end() comes back here
  state_ = State::closed;
  if (!end_) {
    end_ = transfer::SessionEnd{{ErrorKind::interrupted, "the session was closed", {}, {}},
                                std::nullopt};
  }
  observer_.on_closed(*this, *end_, host_.loop.now());
}

}  // namespace ftpull::net
