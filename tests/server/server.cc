#include "server.h"

#include <fmt/format.h>

namespace ftpull::test_server {
namespace {

constexpr int kBacklog = 511;

}  // namespace

Server::Server(uv_loop_t* loop, Script& script, const Tree& tree, EventLog& log)
    : shared_{loop, script, tree, log, TokenBucket(script.settings().rate), {}},
      listener_(new uv_tcp_t),
      sweeper_(std::make_unique<Timer>(loop)) {
  uv_tcp_init(loop, listener_.get());
  listener_->data = this;
  shared_.session_gone = [this] {
    if (sweeper_) sweeper_->start(0, [this] { sweep(); });
  };
}

Result<int> Server::listen(const std::string& address, int port) {
  sockaddr_storage storage{};
  auto* raw = reinterpret_cast<sockaddr*>(&storage);
  bool six = address.find(':') != std::string::npos;
  int error = six ? uv_ip6_addr(address.c_str(), port, reinterpret_cast<sockaddr_in6*>(raw))
                  : uv_ip4_addr(address.c_str(), port, reinterpret_cast<sockaddr_in*>(raw));
  if (error == 0) error = uv_tcp_bind(listener_.get(), raw, 0);
  auto* stream = reinterpret_cast<uv_stream_t*>(listener_.get());
  if (error == 0) error = uv_listen(stream, kBacklog, on_connection);
  int size = sizeof storage;
  if (error == 0) error = uv_tcp_getsockname(listener_.get(), raw, &size);
  if (error != 0) {
    return fail(ErrorKind::network,
                fmt::format("cannot listen on {} port {}: {}", address, port, uv_strerror(error)));
  }
  return ntohs(reinterpret_cast<sockaddr_in*>(raw)->sin_port);
}

void Server::on_connection(uv_stream_t* stream, int status) {
  if (stream->data != nullptr && status == 0) static_cast<Server*>(stream->data)->accept_one();
}

void Server::accept_one() {
  Handle<uv_tcp_t> socket(new uv_tcp_t);
  uv_tcp_init(shared_.loop, socket.get());
  if (uv_accept(reinterpret_cast<uv_stream_t*>(listener_.get()),
                reinterpret_cast<uv_stream_t*>(socket.get())) != 0) {
    return;
  }
  sessions_.push_back(std::make_unique<Session>(shared_, ++accepted_, std::move(socket)));
  sessions_.back()->start();
}

void Server::sweep() {
  std::erase_if(sessions_, [](const auto& session) { return session->gone(); });
}

void Server::stop() {
  listener_.reset();
  sweeper_.reset();
  for (auto& session : sessions_) session->stop();
  sessions_.clear();
}

}  // namespace ftpull::test_server
