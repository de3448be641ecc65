#include "store/manifest_format.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/text.h"

namespace ftpull::store {
namespace {

namespace fs = std::filesystem;

constexpr int kVersion = 1;
/// Bytes. Paths have at most 4096, which JSON and hexadecimal digits make eight times as long.
constexpr size_t kLongestLine = 64 * 1024;
constexpr size_t kReadSize = 256 * 1024;
constexpr size_t kDigestDigits = 32;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    uint32_t code_point = 0;
    const size_t length = utf8_length(text, code_point);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// Text that is valid UTF-8, in quotes. What would move a terminal's cursor becomes \uNNNN.
std::string quoted(const std::string& text) {
  const bool is_harmful = for_display(text, std::string::npos) != text;
  return nlohmann::json(text).dump(-1, ' ', is_harmful);
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

bool from_hex(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 2 != 0) return false;
  for (; !text.empty(); text.remove_prefix(2)) {
    unsigned char byte = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + 2) return false;
    bytes += static_cast<char>(byte);
  }
  return true;
}

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// Takes a record from the parser's calls, without a tree of values in between: a mirror may have
/// millions of files. Its functions have the names that the parser asks for; false ends the line.
class RecordTaker {
 public:
  explicit RecordTaker(ManifestRecord& record) : record_(record) {
    record_.path.clear();
    record_.size_bytes.reset();
    record_.mtime_unix_seconds.reset();
    record_.xxh3_128.clear();
    record_.kept = false;
  }

  bool is_complete() const { return has_path_; }

  bool key(std::string& name) {
    if (depth_ == 1) key_ = known(name);
    return true;
  }
  bool null() { return depth_ > 0 && (!is_wanted() || (key_ != Key::path && key_ != Key::bytes)); }
  bool boolean(bool) { return is_ignored(); }
  bool number_float(double, const std::string&) { return is_ignored(); }
  bool binary(std::vector<uint8_t>&) { return is_ignored(); }
  bool number_integer(int64_t number) {
    if (!is_wanted() || key_ != Key::mtime) return is_ignored();
    record_.mtime_unix_seconds = number;
    return true;
  }
  bool number_unsigned(uint64_t number) {
    if (!is_wanted()) return is_ignored();
    if (key_ == Key::size) {
      record_.size_bytes = number;
      return true;
    }
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return is_ignored();
    return number_integer(static_cast<int64_t>(number));
  }
  bool string(std::string& text) {
    if (!is_wanted()) return is_ignored();
    switch (key_) {
      case Key::path:
        has_path_ = true;
        if (!has_bytes_) record_.path = text;
        return true;
      case Key::bytes:
        has_bytes_ = true;
        return from_hex(text, record_.path);
      case Key::digest:
        record_.xxh3_128 = text;
        return is_digest(text);
      case Key::status:
        record_.kept = text == "kept";
        return true;
      case Key::size:
      case Key::mtime:
      case Key::other:
        return is_ignored();
    }
    return false;
  }
  bool start_object(size_t) { return depth_++ == 0 || is_wanted_by_nobody(); }
  bool end_object() { return depth_-- > 0; }
  bool start_array(size_t) { return depth_++ > 0 && is_wanted_by_nobody(); }
  bool end_array() { return depth_-- > 0; }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception&) { return false; }

 private:
  enum class Key { path, bytes, size, mtime, digest, status, other };

  static Key known(std::string_view name) {
    if (name == "path") return Key::path;
    if (name == "path_bytes") return Key::bytes;
    if (name == "size") return Key::size;
    if (name == "mtime") return Key::mtime;
    if (name == "xxh3_128") return Key::digest;
    if (name == "status") return Key::status;
    return Key::other;
  }
  bool is_wanted() const { return depth_ == 1 && key_ != Key::other; }
  bool is_wanted_by_nobody() const { return key_ == Key::other; }
  /// A value of a type that its key does not have makes the line wrong.
  bool is_ignored() const { return depth_ > 0 && !is_wanted(); }

  ManifestRecord& record_;
  Key key_ = Key::other;
  size_t depth_ = 0;
  bool has_path_ = false;
  bool has_bytes_ = false;
};

/// Hears of each line without its end; of one that is too long as of an empty one. False: no more.
using LineUse = std::function<bool(std::string_view)>;

class LineCutter {
 public:
  explicit LineCutter(const LineUse& use) : use_(use) {}

  /// False when nothing more is wanted.
  bool add(std::string_view bytes) {
    for (;;) {
      const size_t end = bytes.find('\n');
      hold(bytes.substr(0, end));
      if (end == std::string_view::npos) return true;
      if (!use_(line_)) return false;
      begin_next();
      bytes.remove_prefix(end + 1);
    }
  }

  void end() {
    if (!line_.empty() || is_too_long_) use_(line_);
  }

 private:
  void hold(std::string_view bytes) {
    is_too_long_ = is_too_long_ || line_.size() + bytes.size() > kLongestLine;
    if (is_too_long_) {
      line_.clear();
    } else {
      line_ += bytes;
    }
  }

  void begin_next() {
    line_.clear();
    is_too_long_ = false;
  }

  const LineUse& use_;
  std::string line_;
  bool is_too_long_ = false;
};

Status each_line(File& file, const LineUse& use) {
  std::vector<char> buffer(kReadSize);
  LineCutter cutter(use);
  for (uint64_t offset = 0;;) {
    const auto read = file.read_at(std::as_writable_bytes(std::span(buffer)), offset);
    if (!read) return tl::make_unexpected(read.error());
    if (!cutter.add({buffer.data(), *read})) return {};
    if (*read < buffer.size()) break;
    offset += *read;
  }
  cutter.end();
  return {};
}

tl::unexpected<Error> no_manifest(const fs::path& path) {
  return fail(ErrorKind::corrupt, fmt::format("{} is no manifest", for_display(path.native())), {},
              "Name a file that ftpull mirror wrote with --manifest");
}

Status check_header(const fs::path& path, std::string_view line) {
  const auto header = nlohmann::json::parse(line, nullptr, false);
  if (!header.is_object()) return no_manifest(path);
  const auto version = header.find("ftpull_manifest");
  if (version == header.end() || !version->is_number_integer()) return no_manifest(path);
  if (*version == kVersion) return {};
  return fail(ErrorKind::corrupt,
              fmt::format("{} is a manifest of another version", for_display(path.native())), {},
              "Use the ftpull that wrote it, or a newer one");
}

}  // namespace

std::string manifest_header(std::string_view url, int64_t created_unix_seconds) {
  const std::string shown = is_utf8(url) ? std::string(url) : for_display(url, std::string::npos);
  return fmt::format("{{\"ftpull_manifest\":{},\"url\":{},\"created\":{}}}\n", kVersion,
                     quoted(shown), created_unix_seconds);
}

std::string manifest_line(const ManifestRecord& record) {
  std::string line = "{\"path\":";
  if (is_utf8(record.path)) {
    line += quoted(record.path);
  } else {
    line += quoted(for_display(record.path, std::string::npos));
    line += ",\"path_bytes\":\"" + to_hex(record.path) + '"';
  }
  line += ",\"size\":" + (record.size_bytes ? fmt::to_string(*record.size_bytes) : "null");
  line += ",\"mtime\":" +
          (record.mtime_unix_seconds ? fmt::to_string(*record.mtime_unix_seconds) : "null");
  line += ",\"xxh3_128\":";
  line += record.xxh3_128.empty() ? "null" : '"' + record.xxh3_128 + '"';
  line += record.kept ? ",\"status\":\"kept\"}\n" : ",\"status\":\"fetched\"}\n";
  return line;
}

bool parse_manifest_line(std::string_view line, ManifestRecord& record) {
  RecordTaker taker(record);
  return nlohmann::json::sax_parse(line, &taker) && taker.is_complete();
}

Status scan_manifest(Disk& disk, const fs::path& path, const ManifestUse& use) {
  const auto info = disk.info(path);
  if (!info) return tl::make_unexpected(info.error());
  if (!*info) {
    return fail(ErrorKind::not_found,
                fmt::format("there is no manifest {}", for_display(path.native())), {},
                "Name a file that ftpull mirror wrote with --manifest");
  }
  // Opening a pipe would wait for somebody to write into it.
  if (!(*info)->is_regular) return no_manifest(path);
  auto file = disk.open(path, OpenMode::read);
  if (!file) return tl::make_unexpected(file.error());
  Status header = no_manifest(path);
  uint64_t number = 0;
  ManifestRecord record;
  const Status read = each_line(**file, [&](std::string_view line) {
    if (++number == 1) {
      header = check_header(path, line);
      return header.has_value();
    }
    use(number, parse_manifest_line(line, record) ? &record : nullptr);
    return true;
  });
  return read ? header : read;
}

}  // namespace ftpull::store
