#include "net/data_transfer.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>

namespace ftpull::net {
namespace {

/// How long a server may take to close the data connection after the last byte of the file before
/// the file is taken as complete without it.
constexpr Duration kEndOfFilePatience = std::chrono::seconds(5);

/// Page-aligned, one for each thread of the pool, kept as long as the thread.
std::span<std::byte> thread_buffer() {
  constexpr std::align_val_t kPage{4096};
  struct Free {
    void operator()(std::byte* buffer) const { operator delete[](buffer, kPage); }
  };
  thread_local const std::unique_ptr<std::byte[], Free> buffer(
      new (kPage) std::byte[DataTransfer::kBufferBytes]);
  return {buffer.get(), DataTransfer::kBufferBytes};
}

ssize_t receive(int fd, InflatingReader* inflating, std::span<std::byte> buffer) {
  return inflating ? inflating->read(fd, buffer) : recv(fd, buffer.data(), buffer.size(), 0);
}

}  // namespace

/// What one work item is given and brings back; touched by one thread at a time.
struct DataTransfer::Work {
  int fd;
  Sink* sink;
  InflatingReader* inflating = nullptr;
  uint64_t budget = 0;
  std::optional<uint64_t> left_to_cut = {};
  uint64_t window_limit = kClampFrom;
  uint64_t packet_bytes = 0;
  bool is_clamped = false;
  uint64_t low_water_bytes = 0;

  uint64_t received = 0;
  bool closed = false;
  int socket_error = 0;
  std::optional<Error> sink_error = {};

  void run();
  void tune_window();
};

void DataTransfer::Work::tune_window() {
  const uint64_t left = left_to_cut ? *left_to_cut - received : UINT64_MAX;
  const bool wanted = left_to_cut && std::min(left, window_limit) < kClampFrom;
  if (wanted) {
    clamp_window(fd, left, window_limit, low_water_bytes, packet_bytes);
  } else if (is_clamped) {
    unclamp_window(fd);
  }
  is_clamped = wanted;
}

void DataTransfer::Work::run() {
  const std::span<std::byte> buffer = thread_buffer();
  while (received < budget) {
    const size_t wanted = std::min<uint64_t>(buffer.size(), budget - received);
    tune_window();
    const ssize_t n = receive(fd, inflating, buffer.first(wanted));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      closed = n == 0;
      socket_error = n < 0 ? errno : 0;
      return;
    }
    if (auto written = sink->write(buffer.first(static_cast<size_t>(n))); !written) {
      sink_error = written.error();
      return;
    }
    received += static_cast<uint64_t>(n);
  }
}

DataTransfer::DataTransfer(Loop& loop, UniqueFd fd, Sink& sink, TokenBucket& bucket, Limits limits,
                           Events events)
    : loop_(loop),
      sink_(sink),
      bucket_(bucket),
      limits_(limits),
      events_(std::move(events)),
      position_(limits.begin),
      rate_(limits.round_trip),
      low_water_(kBufferBytes, limits.round_trip),
      poll_(loop, std::move(fd), [this](int) { on_readable(); }),
      timer_(loop, [this] { on_timer(); }) {
  if (limits_.compressed) inflating_ = std::make_unique<InflatingReader>();
  work_ = std::make_unique<Work>(Work{poll_.fd(), &sink_});
  // Of an empty file only its end is to be seen.
  enter(left() == 0 ? State::at_end : State::waiting);
}

DataTransfer::~DataTransfer() {
  assert(state_ != State::working);
}

void DataTransfer::enter(State state) {
  state_ = state;
  poll_.watch(state == State::waiting || state == State::at_end ? UV_READABLE : 0);
  waiting_since_ = state == State::waiting ? loop_.now() : kNever;
  if (state == State::at_end) {
    low_water_.reset(poll_.fd());
    timer_.start(kEndOfFilePatience);
  } else if (state == State::waiting && !inflating_ &&
             low_water_.apply(poll_.fd(), left(), rate_.bytes_per_second())) {
    timer_.start(LowWaterMark::kPatience);
  }
}

void DataTransfer::on_timer() {
  switch (state_) {
    case State::waiting:
      low_water_.reset(poll_.fd());
      return;
    case State::throttled:
      submit();
      return;
    case State::at_end:
      finish(Outcome::complete);
      return;
    case State::working:
    case State::ended:
      return;
  }
}

void DataTransfer::on_readable() {
  if (state_ == State::at_end) {
    check_end_of_file();
  } else if (state_ == State::waiting) {
    submit();
  }
}

void DataTransfer::submit() {
  const TimePoint now = loop_.now();
  budget_ = bucket_.take(std::min(left(), kItemBytes), now);
  if (budget_ == 0) {
    enter(State::throttled);
    timer_.start(bucket_.ready_at(now) - now);
    return;
  }
  enter(State::working);
  const bool was_clamped = work_->is_clamped;
  *work_ = Work{work_->fd, &sink_, inflating_.get(), budget_};
  work_->is_clamped = was_clamped;
  if (must_be_cut() && !inflating_) {
    work_->left_to_cut = left();
    work_->window_limit = window_limit(rate_, limits_.round_trip, now);
    if (left() < kClampFrom) work_->packet_bytes = packet_bytes(poll_.fd());
  }
  work_->low_water_bytes = low_water_.bytes();
  PoolWork(loop_).run([work = work_.get()] { work->run(); }, [this] { on_work_done(); });
}

void DataTransfer::on_work_done() {
  const Work& work = *work_;
  bucket_.give_back(budget_ - work.received);
  position_ += work.received;
  budget_ = 0;
  state_ = State::waiting;
  if (std::exchange(reopens_, false)) unclamp_window(poll_.fd());
  if (work.received > 0) {
    rate_.note(work.received, loop_.now());
    events_.on_bytes(work.received);
  }
  if (work.sink_error) {
    finish(Outcome::sink_failed, work.sink_error);
  } else if (limits_.end && position_ == *limits_.end && !limits_.to_end_of_file) {
    finish(Outcome::complete);
  } else if (work.closed) {
    finish(limits_.end && position_ == *limits_.end ? Outcome::complete : Outcome::closed);
  } else if (work.socket_error != 0) {
    on_socket_error(work.socket_error);
  } else if (stopping_) {
    finish(Outcome::closed);
  } else if (limits_.end && position_ == *limits_.end) {
    enter(State::at_end);
    // What is to be seen of the end may have come already.
    if (inflating_) check_end_of_file();
  } else {
    enter(State::waiting);
    if (inflating_ && inflating_->has_more()) submit();
  }
}

/// With MODE Z two of them are of the stream and not of the connection.
void DataTransfer::on_socket_error(int code) {
  if (inflating_ && code == EBADMSG) {
    finish(Outcome::garbled,
           Error{ErrorKind::network,
                 "the server agreed to compress (MODE Z), and what it sends is no such data",
                 {},
                 {}});
    return;
  }
  const bool breaks_off = inflating_ && code == EPIPE;
  finish(Outcome::broken,
         Error{ErrorKind::network,
               fmt::format("the data connection broke: {}",
                           breaks_off ? "the compressed data breaks off" : strerror(code)),
               {},
               {}});
}

void DataTransfer::check_end_of_file() {
  std::byte beyond;
  const ssize_t n = receive(poll_.fd(), inflating_.get(), {&beyond, 1});
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // A reset after the last byte takes nothing away from a file that is complete by count.
  finish(n > 0 ? Outcome::overflow : Outcome::complete);
}

void DataTransfer::set_end(uint64_t end, bool to_end_of_file) {
  assert(end > position_ && end >= claimed());
  const bool farther = must_be_cut() && (to_end_of_file || end > *limits_.end);
  limits_.end = end;
  limits_.to_end_of_file = to_end_of_file;
  // A work item under way still keeps to the end that it was given.
  reopens_ = reopens_ || (farther && state_ == State::working);
  if (farther && state_ != State::working) unclamp_window(poll_.fd());
  if (state_ == State::waiting) low_water_.reset(poll_.fd());
  if (state_ != State::at_end) return;
  timer_.stop();
  enter(State::waiting);
}

void DataTransfer::stop() {
  stopping_ = true;
  if (state_ != State::working && state_ != State::ended) finish(Outcome::closed);
}

void DataTransfer::finish(Outcome outcome, std::optional<Error> error) {
  enter(State::ended);
  timer_.stop();
  // At once: with bytes unread this resets the connection, and the server stops sending.
  static_cast<void>(poll_.release());
  events_.on_end(outcome, std::move(error));
}

}  // namespace ftpull::net
