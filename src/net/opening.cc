#include "net/opening.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ftp/enter_folder.h"
#include "ftp/inspect.h"
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
    dial(*host_.pinned());
    return;
  }
  const Host::Settings& settings = host_.settings;
  timer_.start(settings.timeout);
  if (settings.proxy && settings.proxy->looks_names_up()) {
    find_proxy(settings.name);
    return;
  }
  resolve_ = std::make_unique<Resolve>(
      host_.loop, settings.name, settings.port, settings.family,
      [this](Result<std::vector<Address>> addresses) {
        if (!addresses)
          fail(addresses.error());
        else if (host_.settings.proxy)
          find_proxy(addresses->front().host());  // which can be asked for one of them only
        else
          dial({std::move(*addresses)});
      });
}

/// `target`: the server's name or address, as the proxy is to be told.
void Opening::find_proxy(const std::string& target) {
  const proxy::Server& proxy = *host_.settings.proxy;
  Route::Beyond beyond{proxy, {target, host_.settings.port}};
  resolve_ = std::make_unique<Resolve>(
      host_.loop, proxy.host, proxy.port, host_.settings.family,
      [this, beyond = std::move(beyond)](Result<std::vector<Address>> addresses) {
        if (!addresses)
          fail(no_way_to(beyond.proxy, addresses.error()));
        else
          dial({std::move(*addresses), beyond});
      });
}

void Opening::dial(Route route) {
  // A connect has its own limit, and says itself what went wrong.
  timer_.stop();
  route_ = std::move(route);
  dial_ =
      std::make_unique<Connect>(host_.loop, route_, Dial::Socket{}, host_.settings.connect_timeout,
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
  route_.addresses = {connected.peer};
  if (host_.traces()) host_.trace(session_, "connected to " + route_.text());
  const auto local = Address::of_socket(connected.fd.get());
  if (!local) {
    fail(local.error());
    return;
  }
  ends_ = RangeFetch::Ends{*local, connected.peer, route_, false};
  host_.pin(route_);
  Listener& listener = *this;
  control_ = std::make_unique<ControlConnection>(host_, session_, std::move(connected), listener);
  features_ = known_features();
  login_.emplace(host_.settings.credentials, features_,
                 host_.settings.compress && !host_.learned.mode_z_fails);
  state_ = State::login;
  if (start_up_ == StartUp::from_connect)
    control_->begin_with(lines_ahead());
  else
    control_->expect(lines_ahead());
  carry_out(login_->start());
  wait();
}

/// FEAT is asked for once, and not by a first session that fetches files. Its answer would come
/// first and hold up the others: vsftpd 3.0.3 sends each of its lines in a packet of its own, and
/// with it all answers are more than the ten packets that may be sent before the first is
/// acknowledged (RFC 6928).
std::optional<ftp::Features> Opening::known_features() const {
  ftp::Features features;
  if (host_.settings.asks_features && host_.learned.feature_lines.empty()) return std::nullopt;
  if (host_.learned.offers) {
    features.mode_z = host_.learned.mode_z;
    features.utf8 = host_.learned.offers->utf8;
    features.rang_stream = host_.learned.offers->rang;
    features.mlst = host_.learned.offers->mlst;
    return features;
  }
  if (host_.settings.lists || start_up_ != StartUp::after_login) return std::nullopt;
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
  const bool will_list = host_.settings.lists && features_;
  if (will_list && !host_.knows_mlsd()) {
    lines.push_back(ftp::EnterFolder::first_line());
    return lines;
  }
  if (!expected_path_.empty()) add(ftp::Inspect::usual_lines(expected_path_, host_.learned.iac));
  const bool will_transfer = will_list || (host_.settings.transfers && !expected_path_.empty());
  const ftp::DataOpening::Request data = host_.data_opening();
  if (will_transfer && !ftp::is_active(data.command)) {
    lines.push_back(ftp::DataOpening::passive_line(data.command));
  }
  return lines;
}

void Opening::on_reply(const ftp::Reply& reply) {
  if (state_ != State::login) return;
  if (!login_->greeted() && !ftp::bears_pipelining(reply)) {
    host_.learned.pipelining = store::Pipelining::fails;
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
  if (started_over_) host_.learned.pipelining = store::Pipelining::fails;
  const ftp::Features& found = login_->features();
  if (!features_) {
    host_.learned.offers = store::Offers{found.utf8, found.rang_stream, found.mlst};
    host_.learned.feature_lines = found.lines;
    host_.learned.mode_z = found.mode_z;
  }
  host_.learned.software = login_->greeting();
  host_.on_started(start_up_);
  ends_->compressed = login_->compressed();
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
