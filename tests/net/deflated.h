// Compresses as servers do for MODE Z.
#pragma once

#include <string>
#include <string_view>
#include <zlib.h>

#include <doctest/doctest.h>

namespace ftpull::net::test {

/// One whole stream; `header` is zlib's (RFC 1950), without it it is RFC 1951's alone.
inline std::string deflated(std::string_view plain, bool header = true) {
  constexpr int kMemory = 8;  // zlib's default
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, header ? MAX_WBITS : -MAX_WBITS,
                       kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(stream.total_out);
  deflateEnd(&stream);
  return bytes;
}

}  // namespace ftpull::net::test
