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

class Host final : public transfer::SessionFactory {
 public:
  struct Settings {
    std::string name;
    uint16_t port = 21;
    ftp::Credentials credentials;
    AddressFamily family = AddressFamily::any;
    Duration timeout{};
    Duration connect_timeout{};
  };

  /// The loop, bucket and observer must outlive the host, and the host its sessions.
  Host(Loop& on_loop, Settings its_settings, TokenBucket& shared_bucket, Observer& observer)
      : loop(on_loop),
        settings(std::move(its_settings)),
        bucket(shared_bucket),
        observer_(observer) {}

  std::unique_ptr<transfer::Session> make_session(transfer::SessionObserver& observer) override;

  bool traces() const { return observer_.wants_trace(); }
  void trace(int session, std::string_view text);

  /// Balanced names lead to machines with other content and other limits (QUIRKS B19): the address
  /// that answered first is kept while any session to it is connected, and as long as it answers.
  const std::optional<Address>& pinned() const { return pinned_; }
  void on_connected(const Address& address);
  void on_disconnected() { --connected_; }
  void on_unreachable();

  Loop& loop;
  const Settings settings;
  TokenBucket& bucket;

  /// EPSV was refused, or its port could not be reached (QUIRKS H6, H7).
  bool epsv_fails = false;
  /// RANG was refused although FEAT offers it (QUIRKS F14).
  bool rang_fails = false;

 private:
  Observer& observer_;
  std::optional<Address> pinned_;
  int connected_ = 0;
  int sessions_made_ = 0;
};

}  // namespace ftpull::net
