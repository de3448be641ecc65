// How the server deviates from a good one in answering one command: all fields at their defaults
// mean a correct answer. The names are the keys of a script's rule; README.md explains each.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace ftpull::test_server {

enum class Closing { none, fin, rst };

inline constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

/// What goes wrong on the data connection. Counts are bytes of this transfer, `_at` and `_from` are
/// offsets in the file.
struct DataFaults {
  uint64_t cut_after = kNoLimit;
  uint64_t cut_at = kNoLimit;
  bool cut_with_rst = false;
  uint64_t stall_after = kNoLimit;
  uint64_t stall_at = kNoLimit;
  uint64_t stall_ms = 0;  // 0: for ever
  uint64_t garbage_from = kNoLimit;
  uint64_t extra_bytes = 0;
  uint64_t rate = 0;  // bytes a second, 0: as fast as it goes
};

struct Behaviour {
  uint64_t delay_ms = 0;
  std::optional<std::string> before;
  std::optional<std::string> reply;
  std::optional<std::string> after;
  bool silent = false;
  bool perform = false;
  std::optional<uint64_t> bytewise_ms;
  std::optional<std::string> flood;
  Closing close_before = Closing::none;
  Closing close_after = Closing::none;

  // EPSV and PASV
  std::optional<std::string> pasv_host;
  bool dead_port = false;
  uint64_t accept_delay_ms = 0;

  // RETR
  bool rest_ignored = false;
  bool rest_kept = false;
  int64_t rest_shift = 0;
  uint64_t rest_modulo = 0;  // 0: none
  bool rang_overshoots = false;

  std::optional<uint64_t> file_size;

  // Listings
  std::optional<std::vector<std::string>> listing;
  uint64_t listing_count = 1;

  // RETR and listings
  std::optional<std::string> start_reply;
  std::optional<std::string> end_reply;
  std::optional<std::string> abort_reply;
  Closing abort_close = Closing::none;
  bool end_first = false;
  uint64_t end_delay_ms = 0;
  DataFaults data;
};

}  // namespace ftpull::test_server
