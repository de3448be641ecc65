#include "content.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace ftpull::test_server {
namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;

constexpr uint64_t kLargestPiece_bytes = 256 * 1024;

uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

uint64_t in_file(uint64_t size, uint64_t offset, size_t wanted) {
  return offset >= size ? 0 : std::min<uint64_t>(wanted, size - offset);
}

}  // namespace

size_t GeneratedContent::read(uint64_t offset, std::span<char> into) const {
  size_t count = in_file(size_, offset, into.size());
  for (size_t done = 0; done < count;) {
    uint64_t index = (offset + done) / 8;
    size_t skip = (offset + done) % 8;
    uint64_t word = htole64(mix(seed_ + (index + 1) * kGolden));
    size_t take = std::min(8 - skip, count - done);
    if (take == 8) {
      std::memcpy(into.data() + done, &word, 8);
    } else {
      std::memcpy(into.data() + done, reinterpret_cast<const char*>(&word) + skip, take);
    }
    done += take;
  }
  return count;
}

LinesContent::LinesContent(uint64_t lines, Line line) : lines_(lines), line_(std::move(line)) {
  for (uint64_t i = 0; i < lines_; ++i) size_ += line_(i).size();
}

size_t LinesContent::read(uint64_t offset, std::span<char> into) const {
  if (offset < begins_) {
    next_ = 0;
    begins_ = 0;
    text_.clear();
  }
  size_t done = 0;
  while (done < into.size()) {
    const uint64_t skip = offset + done - begins_;
    if (skip >= text_.size()) {
      if (next_ == lines_) break;
      begins_ += text_.size();
      text_ = line_(next_++);
      continue;
    }
    const size_t count = std::min<uint64_t>(text_.size() - skip, into.size() - done);
    std::memcpy(into.data() + done, text_.data() + skip, count);
    done += count;
  }
  return done;
}

std::unique_ptr<DiskContent> DiskContent::open(const std::string& path) {
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return nullptr;
  struct stat about {};
  if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(file);
    return nullptr;
  }
  return std::unique_ptr<DiskContent>(new DiskContent(file, static_cast<uint64_t>(about.st_size)));
}

DiskContent::~DiskContent() {
  ::close(file_);
}

size_t DiskContent::read(uint64_t offset, std::span<char> into) const {
  size_t wanted = in_file(size_, offset, into.size());
  size_t done = 0;
  while (done < wanted) {
    ssize_t got =
        pread(file_, into.data() + done, wanted - done, static_cast<off_t>(offset + done));
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

Status write_to_disk(const Content& content, const std::string& path) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  bool good = file >= 0;
  std::vector<char> piece(std::min<uint64_t>(content.size(), kLargestPiece_bytes));
  for (uint64_t offset = 0; good && offset < content.size();) {
    size_t count = content.read(offset, piece);
    ssize_t wrote = ::write(file, piece.data(), count);
    good = wrote > 0;
    if (good) offset += static_cast<uint64_t>(wrote);
  }
  int why = errno;
  if (file >= 0 && ::close(file) != 0) good = false;
  if (good) return {};
  return fail(ErrorKind::disk, fmt::format("cannot write {}: {}", path, std::strerror(why)));
}

}  // namespace ftpull::test_server
