#include "net/range_fetch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/units.h"
#include "net/overloaded.h"

namespace ftpull::net {
namespace {

/// How long a hanging EPSV port may take before PASV is tried (QUIRKS H7).
constexpr Duration kEpsvPatience = std::chrono::seconds(5);
/// How long the reply to a transfer may follow its data, and the other way round. Longer is of no
/// use: the bytes are counted, and a lost reply costs only this session (QUIRKS E1, E3).
constexpr Duration kFinalReplyPatience = std::chrono::seconds(5);

}  // namespace

RangeFetch::RangeFetch(Host& host, const Ends& ends, transfer::RangeRequest range,
                       ftp::Retrieve::Request request, Sink& sink, Events events)
    : host_(host),
      ends_(ends),
      range_(std::move(range)),
      rang_end_(request.rang_end),
      retrieve_(std::move(request)),
      sink_(sink),
      events_(std::move(events)),
      position_(range_.begin),
      last_event_(host.loop.now()) {}

void RangeFetch::start() {
  carry_out(retrieve_.start());
}

void RangeFetch::on_reply(const ftp::Reply& reply) {
  const bool had_begun = retrieve_.transfer_began();
  const ftp::Actions actions = retrieve_.on_reply(reply);
  // The 150 that begins the transfer is a step, one more is none.
  if (!reply.is_preliminary() || !had_begun) last_event_ = host_.loop.now();
  carry_out(actions);
}

void RangeFetch::carry_out(const ftp::Actions& actions) {
  for (const ftp::Action& action : actions) {
    if (state_ != State::running) return;
    std::visit(Overloaded{
                   [this](const ftp::Send& send) { events_.send(send); },
                   [this](const ftp::OpenData& open) { dial(open); },
                   [this](const ftp::CloseData&) {
                     stop_dialing();
                     if (data_under_way()) data_->stop();
                   },
                   [this](const ftp::Finish&) { settle(); },
                   [this](const ftp::Fail& failure) {
                     failure_ = failure;
                     settle();
                   },
               },
               action);
  }
  events_.on_wait();
}

void RangeFetch::dial(const ftp::OpenData& open) {
  const Duration usual = host_.settings.connect_timeout;
  // From the control connection's own address: servers refuse data connections from another one
  // (QUIRKS H10, H11).
  dial_ = std::make_unique<Dial>(
      host_.loop, std::vector{ends_.peer.with_port(open.port)},
      Dial::Socket{ends_.local, range_.may_be_cut},
      open.impatient ? std::min(kEpsvPatience, usual) : usual,
      [this](Result<Dial::Connected> connected) {
        dialing_ = false;
        last_event_ = host_.loop.now();
        if (!connected) {
          carry_out(retrieve_.on_data_refused(connected.error()));
          return;
        }
        host_.learned.epsv_fails = host_.learned.epsv_fails || retrieve_.epsv_failed();
        data_ = std::make_unique<DataTransfer>(
            host_.loop, std::move(connected->fd), sink_, host_.bucket,
            DataTransfer::Limits{range_.begin, range_.end, range_.to_end_of_file},
            DataTransfer::Events{events_.on_bytes,
                                 [this](DataTransfer::Outcome outcome, std::optional<Error> error) {
                                   on_data_end(outcome, std::move(error));
                                 }});
        carry_out(retrieve_.on_data_connected());
      });
  dialing_ = true;
}

void RangeFetch::stop_dialing() {
  dial_.reset();
  dialing_ = false;
}

void RangeFetch::set_end(uint64_t end, bool to_end_of_file) {
  range_.end = end;
  range_.to_end_of_file = to_end_of_file;
  if (data_under_way()) data_->set_end(end, to_end_of_file);
}

void RangeFetch::on_data_end(DataTransfer::Outcome outcome, std::optional<Error> error) {
  outcome_ = outcome;
  data_error_ = std::move(error);
  position_ = data_->position();
  last_event_ = host_.loop.now();
  if (state_ == State::abandoned) {
    events_.on_abandoned();
  } else if (state_ == State::running) {
    settle();
  }
}

void RangeFetch::on_control_lost(Error error) {
  control_lost_ = true;
  // What still comes is not fetched again.
  const bool data_comes = retrieve_.transfer_began() && data_ != nullptr;
  if (!data_comes) {
    failure_ = ftp::Fail{std::move(error), true};
    stop_dialing();
    if (data_under_way()) data_->stop();
  }
  settle();
}

/// Ends as soon as what is known suffices to judge.
void RangeFetch::settle() {
  if (state_ != State::running) return;
  // A conversation that failed has stopped the data; a final reply may come before the last bytes.
  if (data_under_way()) {
    events_.on_wait();
    return;
  }
  if (failure_) {
    end(failure_->error, !failure_->session_lost && !control_lost_);
    return;
  }
  const bool complete = outcome_ == DataTransfer::Outcome::complete;
  const bool ours =
      outcome_ == DataTransfer::Outcome::sink_failed || outcome_ == DataTransfer::Outcome::overflow;
  const bool needs_reply = !complete && !ours && !cut_ && !retrieve_.final_reply();
  if (!needs_reply || control_lost_) {
    end(judge(), !control_lost_ && !ours);
  } else {
    events_.on_wait();
  }
}

/// What came of a transfer that has ended: nothing when every byte that was asked for is there.
std::optional<Error> RangeFetch::judge() const {
  const auto& reply = retrieve_.final_reply();
  const std::string words = reply ? reply->text() : std::string();
  if (!outcome_) {
    return Error{ErrorKind::network, "the transfer ended before it began", words, {}};
  }
  switch (*outcome_) {
    case DataTransfer::Outcome::complete:
      return std::nullopt;
    case DataTransfer::Outcome::sink_failed:
      return data_error_;
    case DataTransfer::Outcome::overflow:
      return Error{
          ErrorKind::changed,
          fmt::format("the server sends more than the {} bytes that it announced", *range_.end),
          words, "The file is being written to on the server: try again later"};
    case DataTransfer::Outcome::broken: {
      Error error = *data_error_;
      error.reply = words;
      return error;
    }
    case DataTransfer::Outcome::closed:
      // The end may have moved since the server was told where to stop.
      if (cut_ || (rang_end_ == position_ && !retrieve_.rang_failed())) return std::nullopt;
      // Without a known end only the server's word tells a complete file from one that was cut.
      if (!range_.end && reply && reply->is_success()) return std::nullopt;
      return judge_early_end();
  }
  return std::nullopt;
}

Error RangeFetch::judge_early_end() const {
  const auto& reply = retrieve_.final_reply();
  const std::string words = reply ? reply->text() : std::string();
  if (!range_.end) {
    return {ErrorKind::network, "the server did not say that the file is complete", words, {}};
  }
  // "Transfer complete" with bytes missing is no trouble of the network (QUIRKS E14).
  const bool claims_complete = reply && reply->is_success();
  return {
      claims_complete ? ErrorKind::corrupt : ErrorKind::network,
      fmt::format("the data ended {} bytes before the end of the range", *range_.end - position_),
      words,
      {}};
}

void RangeFetch::end(std::optional<Error> error, bool reusable) {
  state_ = State::ended;
  host_.learned.rang_fails = host_.learned.rang_fails || retrieve_.rang_failed();
  stop_dialing();
  events_.on_end({position_, std::move(error), reusable});
}

void RangeFetch::abandon() {
  if (state_ != State::running) return;
  state_ = State::abandoned;
  stop_dialing();
  if (data_under_way())
    data_->stop();
  else
    events_.on_abandoned();
}

/// When the server has taken too long, judged by what is waited for.
TimePoint RangeFetch::deadline() const {
  const Duration timeout = host_.settings.timeout;
  // A dial has its own limit, and says itself what went wrong.
  if (state_ != State::running || dialing_) return kNever;
  const Duration short_wait = std::min(kFinalReplyPatience, timeout);
  if (outcome_) return last_event_ + short_wait;
  if (!data_under_way()) return last_event_ + timeout;
  const TimePoint since = data_->waiting_since();
  if (since == kNever) return kNever;
  if (retrieve_.final_reply()) return std::max(since, last_event_) + short_wait;
  return retrieve_.transfer_began() ? since + timeout : last_event_ + timeout;
}

void RangeFetch::on_deadline() {
  if (cut_ && data_under_way()) {
    data_->stop();
    return;
  }
  if (outcome_) {
    // Only the last reply is missing, and it will not come.
    end(judge(), false);
    return;
  }
  if (!failure_) {
    failure_ = ftp::Fail{host_.silence(), true};
  }
  stop_dialing();
  if (data_under_way()) data_->stop();
  settle();
}

}  // namespace ftpull::net
