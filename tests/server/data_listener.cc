#include "data_listener.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace ftpull::test_server {
namespace {

Result<sockaddr_storage> any_port_at(const std::string& address) {
  sockaddr_storage storage{};
  int error = address.find(':') == std::string::npos
                  ? uv_ip4_addr(address.c_str(), 0, reinterpret_cast<sockaddr_in*>(&storage))
                  : uv_ip6_addr(address.c_str(), 0, reinterpret_cast<sockaddr_in6*>(&storage));
  if (error == 0) return storage;
  return fail(ErrorKind::usage, fmt::format("{}: not an address", address));
}

}  // namespace

DataListener::DataListener(uv_loop_t* loop, int socket, int port)
    : poll_(new uv_poll_t), delay_(loop), listening_(socket), port_(port) {
  uv_poll_init_socket(loop, poll_.get(), socket);
  poll_->data = this;
}

DataListener::~DataListener() {
  poll_.reset();
  if (listening_ >= 0) ::close(listening_);
  if (connected_ >= 0) ::close(connected_);
}

Result<std::unique_ptr<DataListener>> DataListener::open(uv_loop_t* loop, const Options& options) {
  auto address = any_port_at(options.address);
  if (!address) return tl::unexpected(address.error());
  int socket = ::socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // Ports of connections that have ended may be had again at once: there are 28,000 a minute else.
  // A dead port must not be another listener's too.
  const int again = options.dead ? 0 : 1;
  if (socket >= 0) setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
  auto* raw = reinterpret_cast<sockaddr*>(&*address);
  socklen_t size = address->ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  bool good = socket >= 0 && bind(socket, raw, size) == 0 &&
              (options.dead || listen(socket, 1) == 0) && getsockname(socket, raw, &size) == 0;
  if (!good) {
    int why = errno;
    if (socket >= 0) ::close(socket);
    return fail(ErrorKind::network, fmt::format("no data port: {}", std::strerror(why)));
  }
  int port = ntohs(reinterpret_cast<sockaddr_in*>(raw)->sin_port);
  auto listener = std::unique_ptr<DataListener>(new DataListener(loop, socket, port));
  if (options.dead) return listener;
  if (options.accept_delay_ms == 0) {
    listener->watch();
  } else {
    listener->delay_.start(options.accept_delay_ms, [self = listener.get()] { self->watch(); });
  }
  return listener;
}

void DataListener::watch() {
  uv_poll_start(poll_.get(), UV_READABLE, on_readable);
}

void DataListener::on_readable(uv_poll_t* poll, int, int) {
  if (poll->data != nullptr) static_cast<DataListener*>(poll->data)->accept_one();
}

void DataListener::accept_one() {
  connected_ = accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (connected_ < 0) return;
  poll_.reset();
  ::close(listening_);
  listening_ = -1;
  hand_over();
}

void DataListener::when_connected(std::function<void(int)> then) {
  then_ = std::move(then);
  hand_over();
}

void DataListener::hand_over() {
  if (connected_ < 0 || !then_) return;
  int socket = connected_;
  connected_ = -1;
  auto then = std::move(then_);
  then(socket);
}

}  // namespace ftpull::test_server
