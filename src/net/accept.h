// A data connection that the server makes (active mode): listens on a port of its own and takes the
// first connection of the server, whose address must be that of the control connection. Anyone else
// is turned away, or whoever guesses the port could send us a file (port stealing).
#pragma once

#include <functional>
#include <memory>

#include "ftpull/error.h"

#include "core/unique_fd.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/socket_poll.h"

namespace ftpull::net {

class Accept {
 public:
  using Done = std::function<void(Result<UniqueFd>)>;

  /// `local` and `peer`: the control connection's ends, whose ports do not matter. `will_be_cut`:
  /// see prepare_for_cut(). `done` is called once, and may destroy the Accept; it gets an error
  /// when this process has no room for the connection. There is no time limit. Fails with network,
  /// or with busy for want of room.
  static Result<std::unique_ptr<Accept>> from(Loop& loop, const Address& local, const Address& peer,
                                              bool will_be_cut, Done done);

  /// Where it listens, until it is done.
  const Address& local() const { return local_; }

 private:
  Accept(Loop& loop, UniqueFd fd, const Address& local, const Address& peer, Done done);

  void on_readable();

  const Address local_;
  const Address peer_;
  const Done done_;
  SocketPoll poll_;
};

}  // namespace ftpull::net
