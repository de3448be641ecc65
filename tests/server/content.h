// The bytes of a file that is served.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "ftpull/error.h"

namespace ftpull::test_server {

class Content {
 public:
  virtual ~Content() = default;
  virtual uint64_t size() const = 0;
  /// Fills `into` from `offset` on. Fewer bytes only at the end; 0 there, or when the disk fails.
  virtual size_t read(uint64_t offset, std::span<char> into) const = 0;
};

/// A file that takes no disk: 8-byte little-endian words, word i being the i-th output (from 0) of
/// splitmix64 started with the seed, that is mix(seed + (i + 1) * 0x9E3779B97F4A7C15). The last
/// word is cut at the size.
class GeneratedContent : public Content {
 public:
  GeneratedContent(uint64_t size_bytes, uint64_t seed) : size_(size_bytes), seed_(seed) {}
  uint64_t size() const override { return size_; }
  size_t read(uint64_t offset, std::span<char> into) const override;

 private:
  uint64_t size_;
  uint64_t seed_;
};

/// A text made for one transfer, such as a listing: so many lines, each made when it is sent.
class LinesContent : public Content {
 public:
  using Line = std::function<std::string(uint64_t)>;  // the same whenever it is called

  LinesContent(uint64_t lines, Line line);
  uint64_t size() const override { return size_; }
  /// From its beginning to its end: what was read is not made again.
  size_t read(uint64_t offset, std::span<char> into) const override;

 private:
  uint64_t lines_;
  Line line_;
  uint64_t size_ = 0;
  mutable uint64_t next_ = 0;    // line
  mutable uint64_t begins_ = 0;  // where text_ does
  mutable std::string text_;     // of the line before that
};

/// A file on disk. Its size is that of the moment it was opened.
class DiskContent : public Content {
 public:
  /// Null when it cannot be opened or is not a regular file.
  static std::unique_ptr<DiskContent> open(const std::string& path);
  ~DiskContent() override;
  uint64_t size() const override { return size_; }
  size_t read(uint64_t offset, std::span<char> into) const override;

 private:
  DiskContent(int file, uint64_t size_bytes) : file_(file), size_(size_bytes) {}

  int file_;
  uint64_t size_;
};

/// Writes the whole of `content` to a new file, replacing an old one.
Status write_to_disk(const Content& content, const std::string& path);

}  // namespace ftpull::test_server
