// A script: settings of the whole server, and rules that say how single commands are answered.
// README.md is the reference for those who write scripts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "ftpull/error.h"

#include "behaviour.h"
#include "fields.h"

namespace ftpull::test_server {

/// What becomes of commands other than ABOR that come before a transfer has ended.
enum class MidTransfer { wait, discard, overtake, refuse };

struct Settings {
  std::string user;      // empty: anonymous and ftp log in with any password
  std::string password;  // wanted with `user`
  std::string account;   // not empty: ACCT with this is wanted after PASS
  uint64_t max_sessions = kNoLimit;
  bool max_sessions_at_login = false;
  std::optional<std::string> max_sessions_reply;
  uint64_t max_transfers = kNoLimit;
  std::optional<std::string> max_transfers_reply;
  uint64_t rate = 0;                    // bytes a second over all data connections, 0: no limit
  std::optional<std::string> features;  // the lines of FEAT between the first and the last
  bool abor_waits = false;              // ABOR is not read before the transfer has ended
  MidTransfer mid_transfer = MidTransfer::wait;
  std::string mid_transfer_reply;  // with refuse
};

/// A command about to be carried out, as rules see it. The greeting is the command "greeting".
struct Event {
  int session = 0;
  std::string_view verb;  // upper case
  std::string_view path;  // resolved, empty for commands that name no file
  bool has_offset = false;
  bool has_end = false;
};

class Script {
 public:
  /// Everything default: a server that behaves well.
  Script() = default;
  static Result<Script> parse(std::string_view json);

  const Settings& settings() const { return settings_; }

  /// The behaviour of all rules that match, and counts the event. Where two rules give the same
  /// key, the first one in the script wins.
  Behaviour on(const Event& event);

 private:
  struct Rule {
    std::vector<std::string> verbs;
    Interval session;
    Interval nth;
    Interval nth_of_session;
    uint64_t times = kNoLimit;
    std::string path;
    std::optional<bool> has_offset;
    std::optional<bool> has_end;
    nlohmann::json behaviour;

    uint64_t seen = 0;
    std::map<int, uint64_t> seen_of_session;
    uint64_t fired = 0;

    bool concerns(const Event& event) const;
    bool fires();
  };

  static Result<Rule> parse_rule(const nlohmann::json& object);

  Settings settings_;
  std::vector<Rule> rules_;
};

}  // namespace ftpull::test_server
