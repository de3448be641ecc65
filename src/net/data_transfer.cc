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

}  // namespace

/// What one work item is given and brings back; touched by one thread at a time.
struct DataTransfer::Work {
  int fd;
  Sink* sink;
  uint64_t budget = 0;
  std::optional<uint64_t> left_to_cut = {};
  uint64_t low_water_bytes = 0;

  uint64_t received = 0;
  bool closed = false;
  int socket_error = 0;
  std::optional<Error> sink_error = {};

  void run();
};

void DataTransfer::Work::run() {
  const std::span<std::byte> buffer = thread_buffer();
  while (received < budget) {
    const size_t wanted = std::min<uint64_t>(buffer.size(), budget - received);
    if (left_to_cut) clamp_window(fd, *left_to_cut - received, low_water_bytes);
    const ssize_t n = recv(fd, buffer.data(), wanted, 0);
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
      poll_(loop, std::move(fd), [this](int) { on_readable(); }),
      timer_(loop, [this] { on_timer(); }) {
  work_ = std::make_unique<Work>(Work{poll_.fd(), &sink_});
  enter(State::waiting);
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
  } else if (state == State::waiting && low_water_.apply(poll_.fd(), left())) {
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
  *work_ = Work{work_->fd, &sink_, budget_};
  if (must_be_cut()) work_->left_to_cut = left();
  work_->low_water_bytes = low_water_.bytes();
  PoolWork(loop_).run([work = work_.get()] { work->run(); }, [this] { on_work_done(); });
}

void DataTransfer::on_work_done() {
  const Work& work = *work_;
  bucket_.give_back(budget_ - work.received);
  position_ += work.received;
  budget_ = 0;
  state_ = State::waiting;
  if (work.received > 0) {
    low_water_.note(work.received, loop_.now());
    events_.on_bytes(work.received);
  }
  if (work.sink_error) {
    finish(Outcome::sink_failed, work.sink_error);
  } else if (limits_.end && position_ == *limits_.end && !limits_.to_end_of_file) {
    finish(Outcome::complete);
  } else if (work.closed) {
    finish(limits_.end && position_ == *limits_.end ? Outcome::complete : Outcome::closed);
  } else if (work.socket_error != 0) {
    finish(Outcome::broken,
           Error{ErrorKind::network,
                 fmt::format("the data connection broke: {}", strerror(work.socket_error)),
                 {},
                 {}});
  } else if (stopping_) {
    finish(Outcome::closed);
  } else {
    enter(limits_.end && position_ == *limits_.end ? State::at_end : State::waiting);
  }
}

void DataTransfer::check_end_of_file() {
  std::byte beyond;
  const ssize_t n = recv(poll_.fd(), &beyond, 1, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // A reset after the last byte takes nothing away from a file that is complete by count.
  finish(n > 0 ? Outcome::overflow : Outcome::complete);
}

void DataTransfer::set_end(uint64_t end, bool to_end_of_file) {
  assert(end > position_ && end >= claimed());
  const bool farther = must_be_cut() && (to_end_of_file || end > *limits_.end);
  limits_.end = end;
  limits_.to_end_of_file = to_end_of_file;
  if (farther) unclamp_window(poll_.fd());
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
