// One server: where it is, how to log in, and what its sessions have learned of it. Makes the
// sessions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ftpull/fetch.h"

#include "core/token_bucket.h"
#include "ftp/data_opening.h"
#include "ftp/iac.h"
#include "ftp/login.h"
#include "net/following.h"
#include "net/loop.h"
#include "net/route.h"
#include "proxy/server.h"
#include "store/host_profiles.h"
#include "transfer/connect_times.h"
#include "transfer/session.h"

namespace ftpull::net {

/// What sessions find out about a server. Worth keeping for the next run.
struct Learned {
  /// Does it take lines before it has answered those before them, from the first one on?
  store::Pipelining pipelining = store::Pipelining::unknown;
  /// Does it take the commands for the next file while it sends one?
  Following following;
  /// A session has been open, in this run or an earlier one.
  bool known = false;
  /// Empty: FEAT was not asked for.
  std::optional<store::Offers> offers;
  /// EPSV was refused, or its port could not be reached (QUIRKS H6, H7).
  bool epsv_fails = false;
  /// EPRT was refused (QUIRKS H16).
  bool eprt_fails = false;
  /// MLSD is not known there.
  bool mlsd_fails = false;
  /// RANG was refused although FEAT offers it (QUIRKS F14).
  bool rang_fails = false;
  /// How names with 0xFF are to be written (QUIRKS L2); empty: not known. Not kept for the next
  /// run: it is found out with one question.
  std::optional<ftp::Iac> iac;
  /// The greeting's first line, and the answer to FEAT. Not kept for other runs.
  std::string software;
  std::vector<std::string> feature_lines;
  /// MODE Z is among them.
  bool mode_z = false;
  /// What came in it was no such data. Not kept for other runs.
  bool mode_z_fails = false;
  /// The shortest time that a TCP connect took; through a proxy see Tunnel.
  std::optional<Duration> round_trip;
};

/// From where on a session sends lines ahead.
enum class StartUp {
  from_connect,  // before the greeting: the first byte of a file takes 4 round trips
  after_login,   // once the password is accepted: 7 round trips
  one_by_one     // not at all: up to 12
};

class Host final : public transfer::SessionFactory {
 public:
  struct Settings {
    std::string name;
    uint16_t port = 21;
    ftp::Credentials credentials;
    /// Of the addresses that are looked up here; ipv4 with DataMode::pasv and port.
    AddressFamily family = AddressFamily::any;
    /// All connections go through it.
    std::optional<proxy::Server> proxy{};
    DataMode data_mode = DataMode::automatic;
    Duration timeout{};
    Duration connect_timeout{};
    /// After so long an idle session sends NOOP; 0: never.
    Duration keepalive{};
    /// False: sessions only ask what files are, so they prepare no data connection.
    bool transfers = true;
    /// FEAT is asked for whatever is known of earlier runs.
    bool asks_features = false;
    /// Sessions list folders: whether MLSD is offered must be known (it is not where FEAT does not
    /// name it).
    bool lists = false;
    /// Transfers are to be compressed, where the server can.
    bool compress = false;
    /// By earlier runs.
    Learned learned{};
  };

  /// The loop, bucket and observer must outlive the host, and the host its sessions.
  Host(Loop& on_loop, Settings its_settings, TokenBucket& shared_bucket, Observer& observer)
      : loop(on_loop),
        settings(std::move(its_settings)),
        bucket(shared_bucket),
        learned(settings.learned),
        observer_(observer) {}

  std::unique_ptr<transfer::Session> make_session(transfer::SessionObserver& observer) override;

  bool traces() const { return observer_.wants_trace(); }
  void trace(int session, std::string_view text);

  /// How the next session is to start. A server that is not known gets lines ahead only after the
  /// login; when that has worked one session tries to begin with them, and the others do so once
  /// that has worked, too.
  StartUp choose_start_up();
  /// A session that started so is open.
  void on_started(StartUp how);

  /// Balanced names lead to machines with other content and other limits (QUIRKS B19): the address
  /// that answered first is kept while any session to it is connected, and as long as it answers;
  /// the proxy's likewise, so that all connections come to the server from one machine. Where the
  /// proxy looks the server's name up that is its affair.
  const std::optional<Route>& pinned() const { return pinned_; }
  /// A control connection was made; `route` has the one address that answered.
  void pin(Route route) { pinned_ = std::move(route); }
  void on_connected(Duration took);
  void on_disconnected() { --connected_; }
  /// A connection, of whichever kind, was made.
  void note_connect(Duration took);
  bool path_is_full() const { return connects_.path_is_full(loop.now()); }
  void on_unreachable();

  /// How the next data connection is to be asked for, without what only its session knows.
  ftp::DataOpening::Request data_opening() const;
  /// The older command has worked where the newer one did not.
  void on_fall_back(bool active);

  /// May this session tell the server of the next file while one is under way?
  bool may_follow(int session) const;

  /// As far as is known: it is tried where nothing is.
  bool knows_mlsd() const {
    return !learned.mlsd_fails && (!learned.offers || learned.offers->mlst);
  }

  /// What to say of a server that let the time limit pass.
  Error silence() const;

  Loop& loop;
  const Settings settings;
  TokenBucket& bucket;
  Learned learned;
  /// The last look at a file asks for all facts at once, until the answers were mixed up.
  bool asks_together = true;
  /// A data connection has been made.
  bool data_works = false;

 private:
  Observer& observer_;
  transfer::ConnectTimes connects_;
  std::optional<Route> pinned_;
  int connected_ = 0;
  int sessions_made_ = 0;
  bool bursts_work_ = false;  // after the login, in this run
  bool tried_ = false;        // a session was chosen to begin with lines ahead
};

}  // namespace ftpull::net
