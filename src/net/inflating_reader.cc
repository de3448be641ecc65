#include "net/inflating_reader.h"

#include <cerrno>
#include <limits>
#include <sys/socket.h>
#include <zlib.h>

namespace ftpull::net {
namespace {

/// RFC 1950: the method is deflate, and both bytes together are a multiple of 31.
bool has_header(std::byte first, std::byte second) {
  constexpr unsigned kDeflate = 8;
  const auto high = std::to_integer<unsigned>(first);
  return (high & 0x0F) == kDeflate && (high * 256 + std::to_integer<unsigned>(second)) % 31 == 0;
}

}  // namespace

void InflatingReader::End::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

/// Once the first two bytes are there.
bool InflatingReader::begin() {
  auto stream = std::make_unique<z_stream_s>();
  const bool wrapped = has_header(input_[begin_], input_[begin_ + 1]);
  if (inflateInit2(stream.get(), wrapped ? MAX_WBITS : -MAX_WBITS) != Z_OK) return false;
  stream_.reset(stream.release());
  return true;
}

ssize_t InflatingReader::refill(int fd) {
  const ssize_t n = recv(fd, input_.data() + end_, input_.size() - end_, 0);
  if (n > 0) end_ += static_cast<size_t>(n);
  return n;
}

ssize_t InflatingReader::read(int fd, std::span<std::byte> plain) {
  constexpr size_t kHeaderBytes = 2;
  while (!ended_) {
    if (begin_ == end_) begin_ = end_ = 0;
    const bool needs_input = stream_ == nullptr ? end_ - begin_ < kHeaderBytes : begin_ == end_;
    if (needs_input && !has_more_) {
      const ssize_t n = refill(fd);
      if (n < 0) return n;
      if (n == 0) {
        // Nothing at all is an empty file (mod_deflate sends no stream for it).
        if (stream_ == nullptr && end_ == 0) return 0;
        errno = EPIPE;
        return -1;
      }
      continue;
    }
    if (stream_ == nullptr && !begin()) {
      errno = ENOMEM;
      return -1;
    }
    stream_->next_in = reinterpret_cast<Bytef*>(input_.data() + begin_);
    stream_->avail_in = static_cast<uInt>(end_ - begin_);
    stream_->next_out = reinterpret_cast<Bytef*>(plain.data());
    stream_->avail_out = static_cast<uInt>(plain.size());
    const int result = inflate(stream_.get(), Z_NO_FLUSH);
    begin_ = end_ - stream_->avail_in;
    const size_t came = plain.size() - stream_->avail_out;
    ended_ = result == Z_STREAM_END;
    const bool damaged = result != Z_OK && result != Z_BUF_ERROR && !ended_;
    // A full output may have left some in zlib's own window; damage is told after what came before.
    has_more_ = !ended_ && (stream_->avail_out == 0 || begin_ < end_ || damaged);
    if (came > 0) return static_cast<ssize_t>(came);
    if (damaged) {
      errno = EBADMSG;
      return -1;
    }
  }
  return 0;
}

}  // namespace ftpull::net
