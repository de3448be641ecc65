// The control connection of one session: lines in, bytes out in order, with the pace and the end
// that a script wants.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include <uv.h>

#include "behaviour.h"
#include "handles.h"

namespace ftpull::test_server {

class Control {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_line(std::string line) = 0;
    /// The connection is closed, by whichever side. Nothing comes after this.
    virtual void on_gone() = 0;
  };

  /// `socket` is an accepted connection. The owner outlives the Control.
  Control(uv_loop_t* loop, Handle<uv_tcp_t> socket, Owner& owner);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  void start();

  /// With `bytewise_ms` every byte is a write of its own, so many milliseconds apart.
  void send(const std::string& bytes, std::optional<uint64_t> bytewise_ms = std::nullopt);
  /// Sends `bytes` again and again until the client goes away; its window is what bounds it.
  void flood(const std::string& bytes);
  /// After all that was queued.
  void close(Closing how);

  std::string local_address() const;
  std::string peer_name() const;

 private:
  struct Chunk {
    std::string bytes;
    uint64_t wait_ms = 0;
  };

  static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);
  static void on_buffer(uv_handle_t* handle, size_t wanted, uv_buf_t* buffer);
  static void on_written(uv_write_t* request, int status);
  void take(const char* bytes, size_t count);
  void gone();
  void pump();
  void write_front();
  void finish_close();

  Owner& owner_;
  Handle<uv_tcp_t> socket_;
  Timer timer_;
  std::string partial_line_;
  char read_buffer_[4096];
  std::deque<Chunk> outbox_;
  bool writing_ = false;
  std::string flood_;
  Closing closing_ = Closing::none;
};

}  // namespace ftpull::test_server
