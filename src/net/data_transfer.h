// The bytes of one data connection on their way into a Sink.
//
// The loop thread only asks the socket "readable?". A work item on the thread pool then drains it:
// recv into the worker's own buffer, Sink::write, a bounded number of rounds, and back to the loop.
// So bytes are touched while they are hot in one core's cache, copies run on all cores, the loop
// never waits for a disk, and buffer memory is threads x kBufferBytes however many sessions there
// are. At most one work item of a transfer is under way, so its bytes stay in order; each one is
// given its budget of bytes beforehand, so the loop thread knows without a lock what is still free
// to be given away.
//
// Where the server compresses (MODE Z) all numbers are of plain bytes, and the kernel is told
// nothing of what is still to come.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "ftpull/error.h"

#include "core/sink.h"
#include "core/token_bucket.h"
#include "core/unique_fd.h"
#include "net/inflating_reader.h"
#include "net/loop.h"
#include "net/receive_tuning.h"
#include "net/socket_poll.h"

namespace ftpull::net {

class DataTransfer {
 public:
  static constexpr size_t kBufferBytes = 256 * 1024;
  /// The most that one work item reads: long enough that a turn through the loop does not count,
  /// short enough that ranges can be split finely.
  static constexpr uint64_t kItemBytes = 4 * kBufferBytes;

  enum class Outcome {
    complete,    // all bytes up to the end; at the end of the file also its EOF
    closed,      // the server closed the connection before that, or where no end was given
    overflow,    // the server sends more than the file has
    broken,      // the connection failed
    garbled,     // the bytes are not compressed as they should be
    sink_failed  // the sink did not take the bytes
  };

  struct Events {
    std::function<void(uint64_t)> on_bytes;
    /// Once, when no work item is under way any more. `error` for broken, garbled and sink_failed.
    std::function<void(Outcome, std::optional<Error>)> on_end;
  };

  struct Limits {
    uint64_t begin = 0;
    std::optional<uint64_t> end;
    bool to_end_of_file = false;
    Duration round_trip{};    // as the connect took; zero: not known
    bool compressed = false;  // MODE Z
  };

  /// Must be destroyed only after on_end, and not from within its callbacks.
  DataTransfer(Loop& loop, UniqueFd fd, Sink& sink, TokenBucket& bucket, Limits limits,
               Events events);
  ~DataTransfer();
  DataTransfer(const DataTransfer&) = delete;
  DataTransfer& operator=(const DataTransfer&) = delete;

  uint64_t position() const { return position_; }
  uint64_t claimed() const { return position_ + budget_; }
  /// `end` must lie beyond position() and not before claimed().
  void set_end(uint64_t end, bool to_end_of_file);
  bool ended() const { return state_ == State::ended; }

  /// Reads no more; on_end comes soon, with what had happened until then (closed when nothing had).
  void stop();

  /// When bytes last came, or the wait for them began. kNever while the rate limit or the pool is
  /// what we wait for, because the server is not to blame then.
  TimePoint waiting_since() const { return waiting_since_; }

 private:
  enum class State { waiting, throttled, working, at_end, ended };
  struct Work;

  void enter(State state);
  uint64_t left() const { return limits_.end ? *limits_.end - position_ : UINT64_MAX; }
  /// The server would send more than is wanted.
  bool must_be_cut() const { return limits_.end && !limits_.to_end_of_file; }
  void on_readable();
  void on_timer();
  void submit();
  void on_work_done();
  void on_socket_error(int code);
  void check_end_of_file();
  void finish(Outcome outcome, std::optional<Error> error = {});

  Loop& loop_;
  Sink& sink_;
  TokenBucket& bucket_;
  Limits limits_;
  const Events events_;
  State state_ = State::waiting;
  bool stopping_ = false;
  uint64_t position_;
  uint64_t budget_ = 0;   // of the work item under way
  bool reopens_ = false;  // the window, when that is done
  TimePoint waiting_since_ = kNever;
  ReceiveRate rate_;
  LowWaterMark low_water_;
  std::unique_ptr<InflatingReader> inflating_;  // null: the bytes are plain
  std::unique_ptr<Work> work_;
  SocketPoll poll_;
  Timer timer_;
};

}  // namespace ftpull::net
