#include "net/opening.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ftp/inspect.h"
#include "ftp/retrieve.h"
#include "net/overloaded.h"

namespace ftpull::net {
namespace {

/// How long a server may be silent while it has lines that were sent ahead, before they are taken
/// as lost: those that lose lines never answer, the others at once.
constexpr Duration kAheadPatience = std::chrono::seconds(3);
/// The same while the password is checked, which some servers are slow about on purpose (PAM waits
/// up to 3 s after a wrong one): to send it once more would count as another wrong login.
constexpr Duration kPasswordPatience = std::chrono::seconds(10);
/// On long paths both are this many round trips.
constexpr int kPatienceRoundTrips = 10;

}  // namespace

Opening::Opening(Host& host, int session, std::string expected_path, Events events)
    : host_(host),
      session_(session),
      expected_path_(std::move(expected_path)),
      events_(std::move(events)),
      start_up_(host.choose_start_up()),
      timer_(host.loop, [this] { on_timer(); }) {
  connect();
}

void Opening::connect() {
  state_ = State::connecting;
  if (host_.pinned()) {
    dial({*host_.pinned()});
    return;
  }
  const Host::Settings& settings = host_.settings;
  resolve_ = std::make_unique<Resolve>(host_.loop, settings.name, settings.port, settings.family,
                                       [this](Result<std::vector<Address>> addresses) {
                                         if (!addresses)
                                           fail(addresses.error());
                                         else
                                           dial(std::move(*addresses));
                                       });
  timer_.start(settings.timeout);
}

void Opening::dial(std::vector<Address> addresses) {
  // A dial has its own limit, and says itself what went wrong.
  timer_.stop();
  dial_ = std::make_unique<Dial>(host_.loop, std::move(addresses), Dial::Socket{},
                                 host_.settings.connect_timeout,
                                 [this](Result<Dial::Connected> connected) {
                                   if (connected) {
                                     on_connected(std::move(*connected));
                                     return;
                                   }
                                   host_.on_unreachable();
                                   fail(connected.error());
                                 });
}

void Opening::on_connected(Dial::Connected connected) {
  if (host_.traces()) host_.trace(session_, "connected to " + connected.peer.text());
  const auto local = Address::of_socket(connected.fd.get());
  if (!local) {
    fail(local.error());
    return;
  }
  ends_ = RangeFetch::Ends{*local, connected.peer};
  Listener& listener = *this;
  control_ = std::make_unique<ControlConnection>(host_, session_, std::move(connected), listener);
  features_ = known_features();
  login_.emplace(host_.settings.credentials, features_);
  state_ = State::login;
  if (start_up_ == StartUp::from_connect)
    control_->begin_with(lines_ahead());
  else
    control_->expect(lines_ahead());
  carry_out(login_->start());
  wait();
}

/// FEAT is asked for once, and not by a first session. Its answer would come first and hold up the
/// others: vsftpd 3.0.3 sends each of its lines in a packet of its own, and with it all answers are
/// more than the ten packets that may be sent before the first is acknowledged (RFC 6928).
std::optional<ftp::Features> Opening::known_features() const {
  ftp::Features features;
  if (host_.learned.offers) {
    features.utf8 = host_.learned.offers->utf8;
    features.rang_stream = host_.learned.offers->rang;
    return features;
  }
  if (start_up_ != StartUp::after_login) return std::nullopt;
  features.utf8 = true;
  return features;
}

std::vector<ftp::Send> Opening::lines_ahead() const {
  std::vector<ftp::Send> lines;
  const auto add = [&](std::vector<ftp::Send> more) {
    std::move(more.begin(), more.end(), std::back_inserter(lines));
  };
  if (start_up_ == StartUp::one_by_one) return lines;
  if (start_up_ == StartUp::from_connect) {
    add(ftp::Login::login_lines(host_.settings.credentials));
  }
  add(ftp::Login::setup_lines(features_));
  if (expected_path_.empty()) return lines;
  add(ftp::Inspect::usual_lines(expected_path_));
  if (host_.settings.transfers) {
    lines.push_back(ftp::Retrieve::first_line(!host_.learned.epsv_fails));
  }
  return lines;
}

void Opening::on_reply(const ftp::Reply& reply) {
  if (state_ != State::login) return;
  if (!login_->greeted() && !ftp::bears_pipelining(reply)) {
    host_.learned.pipelining = Learned::Pipelining::fails;
    if (may_start_over()) {
      start_over();
      return;
    }
    start_up_ = StartUp::one_by_one;
    control_->expect({});
  }
  carry_out(login_->on_reply(reply));
  wait();
}

void Opening::carry_out(const ftp::Actions& actions) {
  for (const ftp::Action& action : actions) {
    if (state_ != State::login) return;
    std::visit(Overloaded{
                   [this](const ftp::Send& line) { control_->send(line); },
                   [this](const ftp::Finish&) { on_logged_in(); },
                   [this](const ftp::Fail& failure) { on_refused(failure); },
                   // A login has no data connection.
                   [](const ftp::OpenData&) {},
                   [](const ftp::CloseData&) {},
               },
               action);
  }
}

void Opening::on_logged_in() {
  state_ = State::ended;
  timer_.stop();
  // One line at a time has worked where several did not.
  if (started_over_) host_.learned.pipelining = Learned::Pipelining::fails;
  const ftp::Features& found = login_->features();
  if (!features_) host_.learned.offers = Learned::Offers{found.utf8, found.rang_stream};
  host_.on_started(start_up_);
  events_.on_open({std::move(control_), *ends_});
}

void Opening::on_refused(const ftp::Fail& failure) {
  // A login that is refused once more may lock the user out.
  const bool for_good =
      failure.error.kind == ErrorKind::login || failure.error.kind == ErrorKind::busy;
  if (!for_good && may_start_over()) {
    start_over();
    return;
  }
  stop();
  events_.on_failed({failure.error, login_->limit()});
}

void Opening::on_lost(Error error) {
  if (may_start_over())
    start_over();
  else
    fail(std::move(error));
}

/// Can what goes wrong have to do with lines that were sent ahead?
bool Opening::may_start_over() const {
  return state_ == State::login && !started_over_ && control_->ahead().used();
}

/// In a turn of its own: the connection that goes wrong is still calling.
void Opening::start_over() {
  if (host_.traces()) host_.trace(session_, "lines sent ahead went wrong: connecting once more");
  started_over_ = true;
  start_up_ = StartUp::one_by_one;
  state_ = State::starting_over;
  control_->stop();
  timer_.start(Duration(0));
}

void Opening::fail(Error error) {
  stop();
  events_.on_failed({std::move(error), std::nullopt});
}

void Opening::stop() {
  state_ = State::ended;
  timer_.stop();
  resolve_.reset();
  dial_.reset();
  if (control_ != nullptr) control_->stop();
}

/// How long the server may take for its next answer.
Duration Opening::patience() const {
  const Duration timeout = host_.settings.timeout;
  // Before the greeting a server may have anything to do, but not because of us.
  const bool doubtful = may_start_over() && control_->ahead().outstanding() && login_->greeted();
  if (!doubtful) return timeout;
  const Duration usual = login_->logged_in() ? kAheadPatience : kPasswordPatience;
  const Duration trips = kPatienceRoundTrips * host_.learned.round_trip.value_or(Duration(0));
  return std::min(timeout, std::max(usual, trips));
}

void Opening::wait() {
  if (state_ != State::login) return;
  const Duration left = control_->last_answer() + patience() - host_.loop.now();
  timer_.start(std::max(left, Duration(0)));
}

void Opening::on_timer() {
  if (state_ == State::starting_over) {
    control_.reset();
    connect();
    return;
  }
  const bool silent =
      state_ == State::connecting || control_->last_answer() + patience() <= host_.loop.now();
  if (!silent)
    wait();
  else if (may_start_over())
    start_over();
  else
    fail(host_.silence());
}

}  // namespace ftpull::net
