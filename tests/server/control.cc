#include "control.h"

#include <sys/socket.h>

#include <fmt/format.h>

namespace ftpull::test_server {
namespace {

/// A longer command is an attack or a bug; the connection is dropped.
constexpr size_t kLongestLine_bytes = 64 * 1024;
/// A flood is written in pieces of at least this size.
constexpr size_t kFloodPiece_bytes = 64 * 1024;

struct WriteRequest {
  uv_write_t request;
  std::string bytes;
};

struct Name {
  std::string address;
  int port = 0;
};

Name to_name(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    uv_ip6_name(&six, text, sizeof text);
    return {text, ntohs(six.sin6_port)};
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(address);
  uv_ip4_name(&four, text, sizeof text);
  return {text, ntohs(four.sin_port)};
}

}  // namespace

Control::Control(uv_loop_t* loop, Handle<uv_tcp_t> socket, Owner& owner)
    : owner_(owner), socket_(std::move(socket)), timer_(loop) {
  socket_->data = this;
  uv_tcp_nodelay(socket_.get(), 1);
}

Control::~Control() = default;

void Control::start() {
  uv_read_start(reinterpret_cast<uv_stream_t*>(socket_.get()), on_buffer, on_read);
}

void Control::on_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  auto* self = static_cast<Control*>(handle->data);
  *buffer = self == nullptr ? uv_buf_init(nullptr, 0)
                            : uv_buf_init(self->read_buffer_, sizeof self->read_buffer_);
}

void Control::on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  auto* self = static_cast<Control*>(stream->data);
  if (self == nullptr || count == 0) return;
  if (count < 0) return self->gone();
  self->take(buffer->base, static_cast<size_t>(count));
}

void Control::take(const char* bytes, size_t count) {
  partial_line_.append(bytes, count);
  for (size_t end; socket_ && (end = partial_line_.find('\n')) != std::string::npos;) {
    std::string line = partial_line_.substr(0, end);
    partial_line_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    owner_.on_line(std::move(line));
  }
  if (socket_ && partial_line_.size() > kLongestLine_bytes) gone();
}

void Control::gone() {
  if (!socket_) return;
  socket_.reset();
  timer_.stop();
  owner_.on_gone();
}

void Control::send(const std::string& bytes, std::optional<uint64_t> bytewise_ms) {
  if (!bytewise_ms) {
    outbox_.push_back({bytes, 0});
  } else {
    for (char byte : bytes) outbox_.push_back({std::string(1, byte), *bytewise_ms});
  }
  pump();
}

void Control::flood(const std::string& bytes) {
  while (flood_.size() < kFloodPiece_bytes) flood_ += bytes;
  pump();
}

void Control::close(Closing how) {
  closing_ = how;
  pump();
}

void Control::pump() {
  if (!socket_ || writing_) return;
  if (outbox_.empty() && !flood_.empty()) outbox_.push_back({flood_, 0});
  if (outbox_.empty()) {
    if (closing_ != Closing::none) finish_close();
    return;
  }
  writing_ = true;
  uint64_t wait_ms = outbox_.front().wait_ms;
  if (wait_ms == 0) return write_front();
  timer_.start(wait_ms, [this] { write_front(); });
}

void Control::write_front() {
  if (!socket_) return;
  auto* request = new WriteRequest{{}, std::move(outbox_.front().bytes)};
  outbox_.pop_front();
  uv_buf_t buffer =
      uv_buf_init(request->bytes.data(), static_cast<unsigned int>(request->bytes.size()));
  auto* stream = reinterpret_cast<uv_stream_t*>(socket_.get());
  if (uv_write(&request->request, stream, &buffer, 1, on_written) != 0) {
    delete request;
    gone();
  }
}

void Control::on_written(uv_write_t* request, int status) {
  auto* self = static_cast<Control*>(request->handle->data);
  delete reinterpret_cast<WriteRequest*>(request);
  if (self == nullptr) return;
  self->writing_ = false;
  if (status < 0) return self->gone();
  self->pump();
}

void Control::finish_close() {
  if (closing_ == Closing::rst) {
    uv_os_fd_t file = -1;
    linger at_once{1, 0};
    uv_fileno(reinterpret_cast<uv_handle_t*>(socket_.get()), &file);
    setsockopt(file, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  gone();
}

std::string Control::local_address() const {
  sockaddr_storage address{};
  int size = sizeof address;
  if (!socket_) return {};
  uv_tcp_getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return to_name(address).address;
}

std::string Control::peer_name() const {
  sockaddr_storage address{};
  int size = sizeof address;
  if (!socket_) return {};
  uv_tcp_getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  Name name = to_name(address);
  return fmt::format("{}:{}", name.address, name.port);
}

}  // namespace ftpull::test_server
