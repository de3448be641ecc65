#include "net/resolver.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::net {

struct Resolve::Request {
  uv_getaddrinfo_t uv;
  Resolve* owner;
  std::string host;
  Done done;

  static void on_answer(uv_getaddrinfo_t* uv_request, int status, addrinfo* found);
};

void Resolve::Request::on_answer(uv_getaddrinfo_t* uv_request, int status, addrinfo* found) {
  const std::unique_ptr<Request> request(static_cast<Request*>(uv_request->data));
  const std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> answers(found, &uv_freeaddrinfo);
  if (request->owner == nullptr) return;
  request->owner->request_ = nullptr;
  std::vector<Address> addresses;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    if (a->ai_family == AF_INET || a->ai_family == AF_INET6) {
      addresses.emplace_back(a->ai_addr, static_cast<socklen_t>(a->ai_addrlen));
    }
  }
  // `done` may destroy the owner, so it is taken out of its reach first.
  const Done done = std::move(request->done);
  if (status == 0 && !addresses.empty()) {
    done(std::move(addresses));
    return;
  }
  const char* const reason = status == 0 ? "it has no usable address" : uv_strerror(status);
  done(fail(ErrorKind::network,
            fmt::format("cannot find the host {}: {}", for_display(request->host), reason), {},
            "Check the spelling of the host and the network"));
}

Resolve::Resolve(Loop& loop, const std::string& host, uint16_t port, AddressFamily family,
                 Done done)
    : request_(new Request{{}, this, host, std::move(done)}) {
  request_->uv.data = request_;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = family == AddressFamily::ipv4   ? AF_INET
                    : family == AddressFamily::ipv6 ? AF_INET6
                                                    : AF_UNSPEC;
  const int result = uv_getaddrinfo(loop.uv(), &request_->uv, &Request::on_answer, host.c_str(),
                                    std::to_string(port).c_str(), &hints);
  if (result == 0) return;
  // The answer comes later all the same, so that there is one way for it to come.
  Request* const failed = request_;
  PoolWork(loop).run([] {}, [failed, result] { Request::on_answer(&failed->uv, result, nullptr); });
}

Resolve::~Resolve() {
  if (request_ != nullptr) request_->owner = nullptr;
}

}  // namespace ftpull::net
