// HTTP CONNECT as a client. Any 2xx opens the tunnel; its header fields say nothing about what
// follows (RFC 9110 section 9.3.6).
#pragma once

#include "proxy/handshake.h"

namespace ftpull::proxy {

class HttpConnect final : public Handshake {
 public:
  /// The most that a header may have: Squid takes as much, and nobody sends a tenth of it.
  static constexpr size_t kMaxHeaderBytes = 64 * 1024;

  using Handshake::Handshake;

  std::string begin() override;
  size_t wanted() const override;
  Result<std::string> take(std::string_view bytes) override;
  bool requested() const override { return true; }

 private:
  std::string credentials() const;
  std::string shown_words(std::string_view words) const;
  Result<std::string> judge();

  std::string in_;
  bool done_ = false;
};

}  // namespace ftpull::proxy
