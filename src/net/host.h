// One server: where it is, how to log in, and what its sessions have learned of it. Makes the
// sessions.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ftpull/fetch.h"

#include "core/token_bucket.h"
#include "ftp/login.h"
#include "net/address.h"
#include "net/loop.h"
#include "transfer/session.h"

namespace ftpull::net {

/// What sessions find out about a server. Worth keeping for the next run.
struct Learned {
  /// Does it take lines before it has answered those before them, from the first one on?
  enum class Pipelining { unknown, works, fails };
  /// Of what FEAT lists.
  struct Offers {
    bool utf8 = false;
    bool rang = false;  // RANG STREAM
  };

  Pipelining pipelining = Pipelining::unknown;
  /// A session has been open, in this run or an earlier one.
  bool known = false;
  /// Empty: FEAT was not asked for.
  std::optional<Offers> offers;
  /// EPSV was refused, or its port could not be reached (QUIRKS H6, H7).
  bool epsv_fails = false;
  /// RANG was refused although FEAT offers it (QUIRKS F14).
  bool rang_fails = false;
  /// The shortest time that a TCP connect took.
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
    AddressFamily family = AddressFamily::any;
    Duration timeout{};
    Duration connect_timeout{};
    /// False: sessions only ask what files are, so they prepare no data connection.
    bool transfers = true;
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
  /// that answered first is kept while any session to it is connected, and as long as it answers.
  const std::optional<Address>& pinned() const { return pinned_; }
  void on_connected(const Address& address, Duration took);
  void on_disconnected() { --connected_; }
  void on_unreachable();

  /// What to say of a server that let the time limit pass.
  Error silence() const;

  Loop& loop;
  const Settings settings;
  TokenBucket& bucket;
  Learned learned;

 private:
  Observer& observer_;
  std::optional<Address> pinned_;
  int connected_ = 0;
  int sessions_made_ = 0;
  bool bursts_work_ = false;  // after the login, in this run
  bool tried_ = false;        // a session was chosen to begin with lines ahead
};

}  // namespace ftpull::net
