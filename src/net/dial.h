// TCP connects that do not block.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ftpull/error.h"

#include "core/unique_fd.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/socket_poll.h"

namespace ftpull::net {

/// Connects to the first of some addresses that answers: the next one is tried when one fails, and
/// beside it when it takes longer than kHeadStart (RFC 8305). Destroying it gives up.
class Dial {
 public:
  static constexpr Duration kHeadStart = std::chrono::milliseconds(250);

  struct Connected {
    UniqueFd fd;
    Address peer;
    Duration took;  // the connect to this peer
  };
  using Done = std::function<void(Result<Connected>)>;

  struct Socket {
    std::optional<Address> bind_to{};  // connect from there; its port is ignored
    bool will_be_cut = false;          // see prepare_for_cut()
  };

  /// `done` is called once, never from within the constructor; it may destroy the Dial. Fails as
  /// socket_error() says.
  Dial(Loop& loop, std::vector<Address> addresses, const Socket& socket, Duration patience,
       Done done);

 private:
  struct Attempt {
    size_t address;
    TimePoint began;
    std::unique_ptr<SocketPoll> poll;
  };

  void start_next();
  void on_writable(size_t address);
  void attempt_failed(size_t address, int error);
  void on_timer();
  void finish(Result<Connected> result);

  Loop& loop_;
  const std::vector<Address> addresses_;
  const Socket socket_;
  Done done_;
  std::vector<Attempt> attempts_;
  size_t next_ = 0;
  Error last_error_;
  Timer step_;
  Timer patience_;
};

}  // namespace ftpull::net
