// Reads the plain bytes of a data connection whose bytes are compressed (MODE Z, zlib's deflate).
//
// It stands in for recv(): offsets, ranges and digests are always of plain bytes, which is what
// REST counts too (QUIRKS N3). A stream may have zlib's header or none (N5). Its end is the end of
// the data, whatever follows; a connection that closes before it is an error, so half a file is
// never taken for a whole one.
//
// Memory: kInputBytes and zlib's window (32 KiB) a connection. What a few bytes may swell up to is
// limited by what is asked for.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <sys/types.h>

struct z_stream_s;

namespace ftpull::net {

class InflatingReader {
 public:
  static constexpr size_t kInputBytes = 64 * 1024;

  /// As recv(): how many plain bytes came, 0 at the end, or -1 and errno: EAGAIN, EBADMSG where the
  /// bytes are no such stream, EPIPE where it breaks off. One thread at a time.
  ssize_t read(int fd, std::span<std::byte> plain);

  /// The next read() need not wait for the socket to be readable.
  bool has_more() const { return has_more_; }

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  bool begin();
  ssize_t refill(int fd);

  std::unique_ptr<z_stream_s, End> stream_;
  std::array<std::byte, kInputBytes> input_;
  size_t begin_ = 0;  // of what is left in input_
  size_t end_ = 0;
  bool has_more_ = false;
  bool ended_ = false;
};

}  // namespace ftpull::net
