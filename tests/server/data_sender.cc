#include "data_sender.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace ftpull::test_server {
namespace {

constexpr size_t kPiece_bytes = 256 * 1024;
/// Then the other connections of the loop have their turn.
constexpr int kPiecesInARow = 4;

TimePoint now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

std::string_view ending_name(Ending ending) {
  switch (ending) {
    case Ending::complete:
      return "complete";
    case Ending::cut:
      return "cut";
    case Ending::client_closed:
      return "client_closed";
    case Ending::aborted:
      return "aborted";
  }
  return "";
}

DataSender::DataSender(uv_loop_t* loop, int socket, std::unique_ptr<Content> content,
                       uint64_t offset, uint64_t end, const DataFaults& faults,
                       TokenBucket& server_rate, std::function<void(Ending)> ended)
    : poll_(new uv_poll_t),
      timer_(loop),
      socket_(socket),
      content_(std::move(content)),
      offset_(offset),
      faults_(faults),
      own_rate_(faults.rate),
      server_rate_(server_rate),
      ended_(std::move(ended)),
      buffer_(kPiece_bytes) {
  uv_poll_init_socket(loop, poll_.get(), socket);
  poll_->data = this;
  uint64_t whole = std::min(content_->size() + faults.extra_bytes, end);
  total_ = whole > offset ? whole - offset : 0;
  cut_ = std::min(faults.cut_after, from_transfer_start(faults.cut_at));
  stall_ = std::min(faults.stall_after, from_transfer_start(faults.stall_at));
}

DataSender::~DataSender() {
  poll_.reset();
  if (socket_ >= 0) ::close(socket_);
}

uint64_t DataSender::from_transfer_start(uint64_t absolute) const {
  if (absolute == kNoLimit || absolute < offset_) return kNoLimit;
  return absolute - offset_;
}

void DataSender::start() {
  uv_poll_start(poll_.get(), UV_WRITABLE, on_writable);
}

void DataSender::on_writable(uv_poll_t* poll, int status, int) {
  auto* self = static_cast<DataSender*>(poll->data);
  if (self == nullptr) return;
  if (status < 0) return self->end(Ending::client_closed);
  self->pump();
}

void DataSender::on_disconnected(uv_poll_t* poll, int, int) {
  if (poll->data != nullptr) static_cast<DataSender*>(poll->data)->end(Ending::client_closed);
}

void DataSender::pump() {
  for (int i = 0; i < kPiecesInARow; ++i) {
    if (sent_ >= cut_) return end(Ending::cut);
    if (sent_ >= stall_) return stall();
    if (sent_ >= total_) return end(Ending::complete);
    if (!send_piece()) return;
  }
}

bool DataSender::send_piece() {
  if (buffer_begin_ == buffer_end_) {
    fill(offset_ + sent_);
    if (buffer_end_ == 0) {
      end(Ending::cut);
      return false;
    }
  }
  uint64_t here = std::min({cut_, stall_, total_}) - sent_;
  uint64_t wanted = std::min<uint64_t>(buffer_end_ - buffer_begin_, here);
  uint64_t granted = take_from_rates(wanted);
  if (granted == 0) {
    TimePoint ready = std::max(own_rate_.ready_at(now()), server_rate_.ready_at(now()));
    auto wait = std::chrono::ceil<std::chrono::milliseconds>(ready - now()).count();
    uv_poll_stop(poll_.get());
    timer_.start(static_cast<uint64_t>(std::max<int64_t>(wait, 1)), [this] { start(); });
    return false;
  }
  ssize_t count = ::send(socket_, buffer_.data() + buffer_begin_, granted, MSG_NOSIGNAL);
  uint64_t taken = count > 0 ? static_cast<uint64_t>(count) : 0;
  own_rate_.give_back(granted - taken);
  server_rate_.give_back(granted - taken);
  sent_ += taken;
  buffer_begin_ += taken;
  if (count < 0 && errno != EAGAIN && errno != EINTR) {
    end(Ending::client_closed);
    return false;
  }
  return taken == granted;
}

uint64_t DataSender::take_from_rates(uint64_t wanted) {
  uint64_t own = own_rate_.take(wanted, now());
  if (own == 0) return 0;
  uint64_t both = server_rate_.take(own, now());
  own_rate_.give_back(own - both);
  return both;
}

void DataSender::fill(uint64_t position) {
  buffer_begin_ = 0;
  buffer_end_ = content_->read(position, buffer_);
  uint64_t beyond_file = position >= content_->size() ? content_->size() + faults_.extra_bytes : 0;
  if (buffer_end_ == 0 && position < beyond_file) {
    buffer_end_ = std::min<uint64_t>(buffer_.size(), beyond_file - position);
    std::fill_n(buffer_.begin(), buffer_end_, 'X');
  }
  if (position + buffer_end_ <= faults_.garbage_from) return;
  size_t good = faults_.garbage_from > position ? faults_.garbage_from - position : 0;
  for (size_t i = good; i < buffer_end_; ++i) buffer_[i] = static_cast<char>(~buffer_[i]);
}

void DataSender::stall() {
  stall_ = kNoLimit;
  uv_poll_start(poll_.get(), UV_DISCONNECT, on_disconnected);
  if (faults_.stall_ms > 0) timer_.start(faults_.stall_ms, [this] { start(); });
}

void DataSender::end(Ending ending) {
  if (socket_ < 0) return;
  poll_.reset();
  timer_.stop();
  if (ending == Ending::cut && faults_.cut_with_rst) {
    linger at_once{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(socket_);
  socket_ = -1;
  auto ended = std::move(ended_);
  ended(ending);
}

}  // namespace ftpull::test_server
