// SOCKS5 as a client: method, login where the proxy wants one, CONNECT.
//
// A target that is an address goes as an address, so that the proxy need not look it up. The
// address in the reply is the proxy's own end of its connection (RFC 1928 section 6): it says
// nothing of where the target is, and is not used.
#pragma once

#include "proxy/handshake.h"

namespace ftpull::proxy {

class Socks5 final : public Handshake {
 public:
  using Handshake::Handshake;

  std::string begin() override;
  size_t wanted() const override;
  Result<std::string> take(std::string_view bytes) override;
  bool requested() const override { return state_ >= State::reply; }

 private:
  enum class State { method, login, reply, bound, done };

  Result<std::string> on_method();
  Result<std::string> on_login();
  Result<std::string> on_reply();
  std::string login();
  std::string request();

  State state_ = State::method;
  std::string in_;            // of the message that is coming
  size_t message_bytes_ = 2;  // that message's length, as far as it is known
};

}  // namespace ftpull::proxy
