// Host names to addresses, A and AAAA together, in the order that the system prefers (RFC 6724).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ftpull/error.h"
#include "ftpull/fetch.h"

#include "net/address.h"
#include "net/loop.h"

namespace ftpull::net {

/// One look-up. Destroying it forgets the answer.
class Resolve {
 public:
  using Done = std::function<void(Result<std::vector<Address>>)>;

  /// `done` is called once, never from within the constructor. Fails with network.
  Resolve(Loop& loop, const std::string& host, uint16_t port, AddressFamily family, Done done);
  ~Resolve();
  Resolve(const Resolve&) = delete;
  Resolve& operator=(const Resolve&) = delete;

 private:
  struct Request;
  Request* request_;  // frees itself when libuv is done with it
};

}  // namespace ftpull::net
