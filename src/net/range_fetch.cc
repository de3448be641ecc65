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

Error no_connection() {
  return {ErrorKind::network,
          "the server made no data connection to us (behind a firewall use --data-mode auto)",
          {},
          {}};
}

}  // namespace

RangeFetch::RangeFetch(Host& host, const Ends& ends, transfer::RangeRequest range,
                       ftp::Retrieve::Request request, Sink& sink, Events events)
    : host_(host),
      ends_(ends),
      range_(std::move(range)),
      rang_end_(request.rang_end),
      sink_(sink),
      events_(std::move(events)),
      position_(range_.begin),
      last_event_(host.loop.now()),
      retrieve_(with_ends(std::move(request))) {}

/// Listens in active mode, if it can.
ftp::Retrieve::Request RangeFetch::with_ends(ftp::Retrieve::Request request) {
  request.data.ipv6 = ends_.route.is_ipv6();
  if (!ftp::is_active(request.data.command)) return request;
  auto accept =
      Accept::from(host_.loop, ends_.local, ends_.peer, will_be_cut(), [this](auto accepted) {
        if (accepted) {
          on_data_connected(*std::move(accepted), host_.learned.round_trip.value_or(Duration(0)));
          return;
        }
        failure_ = ftp::Fail{accepted.error(), true};
        stop_connecting();
        settle();
      });
  if (accept) {
    accept_ = *std::move(accept);
    request.data.listening = {accept_->local().host(), accept_->local().port()};
  } else {
    failure_ = ftp::Fail{accept.error(), false};
  }
  return request;
}

void RangeFetch::start() {
  last_event_ = host_.loop.now();
  if (failure_)
    events_.on_wait();
  else
    carry_out(retrieve_.start());
}

void RangeFetch::take_turn(ftp::Owed owed) {
  last_event_ = host_.loop.now();
  if (owed != ftp::Owed::final_reply) retrieve_.on_settled();
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
                     stop_connecting();
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

bool RangeFetch::will_be_cut() const {
  return range_.may_be_cut || (range_.end && !range_.to_end_of_file);
}

void RangeFetch::dial(const ftp::OpenData& open) {
  const Duration usual = host_.settings.connect_timeout;
  // From the control connection's own address: servers refuse data connections from another one
  // (QUIRKS H10, H11).
  dial_ = std::make_unique<Connect>(host_.loop, ends_.route.to_port(open.port),
                                    Dial::Socket{ends_.local, will_be_cut()},
                                    open.impatient ? std::min(kEpsvPatience, usual) : usual,
                                    [this](Result<Dial::Connected> connected) {
                                      dialing_ = false;
                                      last_event_ = host_.loop.now();
                                      if (!connected) {
                                        carry_out(retrieve_.on_data_refused(connected.error()));
                                        return;
                                      }
                                      host_.note_connect(connected->took);
                                      on_data_connected(std::move(connected->fd), connected->took);
                                    });
  dialing_ = true;
}

void RangeFetch::on_data_connected(UniqueFd fd, Duration round_trip) {
  last_event_ = host_.loop.now();
  host_.data_works = true;
  if (retrieve_.opening().extended_failed()) host_.on_fall_back(retrieve_.opening().is_active());
  data_ = std::make_unique<DataTransfer>(
      host_.loop, std::move(fd), sink_, host_.bucket,
      DataTransfer::Limits{range_.begin, range_.end, range_.to_end_of_file, round_trip,
                           ends_.compressed},
      DataTransfer::Events{events_.on_bytes,
                           [this](DataTransfer::Outcome outcome, std::optional<Error> error) {
                             on_data_end(outcome, std::move(error));
                           }});
  carry_out(retrieve_.on_data_connected());
}

void RangeFetch::stop_connecting() {
  dial_.reset();
  dialing_ = false;
  accept_.reset();
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
    stop_connecting();
    if (data_under_way()) data_->stop();
  }
  settle();
}

/// Ends as soon as what is known suffices to judge.
void RangeFetch::settle() {
  if (state_ != State::running) return;
  // A conversation that failed has stopped the data; a final reply may come before the last bytes,
  // and even before the connection that brings them is seen.
  const auto& reply = retrieve_.final_reply();
  if (data_under_way() || (is_awaited() && !failure_ && reply && reply->is_success())) {
    events_.on_wait();
    return;
  }
  if (failure_) {
    end(failure_->error, !failure_->session_lost && !control_lost_);
    return;
  }
  const bool complete = outcome_ == DataTransfer::Outcome::complete;
  const bool of_no_use = outcome_ == DataTransfer::Outcome::sink_failed ||
                         outcome_ == DataTransfer::Outcome::overflow ||
                         outcome_ == DataTransfer::Outcome::garbled;
  const bool needs_reply = !complete && !of_no_use && !cut_ && !reply;
  if (!needs_reply || control_lost_) {
    end(judge(), !control_lost_ && !of_no_use);
  } else {
    events_.on_wait();
  }
}

/// What came of a transfer that has ended: nothing when every byte that was asked for is there.
std::optional<Error> RangeFetch::judge() const {
  const auto& reply = retrieve_.final_reply();
  const std::string words = reply ? reply->text() : std::string();
  if (retrieve_.is_empty_folder()) return std::nullopt;
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
    case DataTransfer::Outcome::garbled:
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
    const char* const what = range_.is_folder ? "the listing" : "the file";
    return {ErrorKind::network,
            fmt::format("the server did not say that {} is complete", what),
            words,
            {}};
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
  host_.learned.mlsd_fails = host_.learned.mlsd_fails || retrieve_.mlsd_failed();
  if (outcome_ == DataTransfer::Outcome::garbled) host_.learned.mode_z_fails = true;
  stop_connecting();
  transfer::RangeEnd told{position_, std::move(error), reusable, retrieve_.mlsd_failed()};
  if (retrieve_.time()) told.mtime = retrieve_.time()->unix_seconds;
  events_.on_end(told);
}

void RangeFetch::abandon() {
  if (state_ != State::running) return;
  state_ = State::abandoned;
  stop_connecting();
  if (data_under_way())
    data_->stop();
  else
    events_.on_abandoned();
}

/// When the server has taken too long, judged by what is waited for.
TimePoint RangeFetch::deadline() const {
  const Duration timeout = host_.settings.timeout;
  if (state_ != State::running) return kNever;
  if (cut_ && (data_under_way() || data_ == nullptr)) return last_event_;
  // A dial has its own limit, and says itself what went wrong.
  if (dialing_) return kNever;
  const Duration short_wait = std::min(kFinalReplyPatience, timeout);
  if (failure_ && !data_under_way()) return last_event_;
  if (outcome_ || (is_awaited() && retrieve_.final_reply())) return last_event_ + short_wait;
  if (is_awaited() && retrieve_.transfer_began()) {
    return last_event_ + host_.settings.connect_timeout;
  }
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
  if (cut_ && data_ == nullptr) {
    // Where the server is with the commands it has got cannot be told.
    end(std::nullopt, false);
    return;
  }
  if (outcome_) {
    // Only the last reply is missing, and it will not come.
    end(judge(), false);
    return;
  }
  if (!failure_) {
    const bool unconnected = is_awaited() && retrieve_.transfer_began();
    failure_ = ftp::Fail{unconnected ? no_connection() : host_.silence(), true};
  }
  stop_connecting();
  if (data_under_way()) data_->stop();
  settle();
}

}  // namespace ftpull::net
