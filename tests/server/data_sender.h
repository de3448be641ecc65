// Sends one file, or a part of it, over a data connection, with the faults that a script wants.
//
// The socket is polled and written to directly, not through uv_write, because the log has to say
// exactly how many bytes the kernel took.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include <uv.h>

#include "behaviour.h"
#include "content.h"
#include "core/token_bucket.h"
#include "handles.h"

namespace ftpull::test_server {

enum class Ending {
  complete,       // all of it was handed to the kernel
  cut,            // the script closed the connection
  client_closed,  // before all was sent
  aborted,        // by ABOR, or because the session ended
};

std::string_view ending_name(Ending ending);

class DataSender {
 public:
  /// Takes the connected, non-blocking socket. Sends from `offset` to before `end`, or to the end
  /// of the file if that comes first. `server_rate` is shared by all senders. `ended` is called
  /// once, when the connection is closed; it may destroy the sender.
  DataSender(uv_loop_t* loop, int socket, std::unique_ptr<Content> content, uint64_t offset,
             uint64_t end, const DataFaults& faults, TokenBucket& server_rate,
             std::function<void(Ending)> ended);
  ~DataSender();
  DataSender(const DataSender&) = delete;
  DataSender& operator=(const DataSender&) = delete;

  void start();
  /// Closes the connection and calls `ended`.
  void abort() { end(Ending::aborted); }

  uint64_t bytes_sent() const { return sent_; }

 private:
  static void on_writable(uv_poll_t* poll, int status, int events);
  static void on_disconnected(uv_poll_t* poll, int status, int events);
  void pump();
  bool send_piece();
  uint64_t take_from_rates(uint64_t wanted);
  void fill(uint64_t position);
  void stall();
  void end(Ending ending);
  uint64_t from_transfer_start(uint64_t absolute) const;

  Handle<uv_poll_t> poll_;
  Timer timer_;
  int socket_;
  std::unique_ptr<Content> content_;
  uint64_t offset_;
  DataFaults faults_;
  TokenBucket own_rate_;
  TokenBucket& server_rate_;
  std::function<void(Ending)> ended_;

  uint64_t total_ = 0;  // bytes to send when nothing cuts it
  uint64_t sent_ = 0;
  uint64_t cut_ = kNoLimit;    // in bytes of this transfer
  uint64_t stall_ = kNoLimit;  // the same
  std::vector<char> buffer_;
  size_t buffer_begin_ = 0;
  size_t buffer_end_ = 0;
};

}  // namespace ftpull::test_server
