#include "ftp/reply.h"

#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::ftp {
namespace {

constexpr size_t kCodeDigits = 3;
constexpr size_t kPrefixBytes = kCodeDigits + 1;  // code and separator

// RFC 854. WILL, WONT, DO and DONT are the last four before IAC and have an option byte.
constexpr unsigned char kIac = 255;
constexpr unsigned char kFirstWithOption = 251;
constexpr unsigned char kFirstCommand = 240;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The code of a line that has one and a separator or nothing after it, else 0.
int code_of(std::string_view line) {
  if (line.size() < kCodeDigits || line[0] == '0') return 0;
  int code = 0;
  for (char c : line.substr(0, kCodeDigits)) {
    if (!is_digit(c)) return 0;
    code = code * 10 + (c - '0');
  }
  const bool separated =
      line.size() == kCodeDigits || line[kCodeDigits] == ' ' || line[kCodeDigits] == '-';
  return separated ? code : 0;
}

bool is_continued(std::string_view line) {
  return line.size() > kCodeDigits && line[kCodeDigits] == '-';
}

std::string_view text_after_code(std::string_view line) {
  return line.size() > kPrefixBytes ? line.substr(kPrefixBytes) : std::string_view();
}

size_t size_of(const Reply& reply) {
  size_t bytes = sizeof(Reply) + reply.lines.size() * sizeof(std::string);
  for (const std::string& line : reply.lines) bytes += line.size();
  return bytes;
}

}  // namespace

std::string Reply::text() const {
  std::string joined = fmt::format("{:03}", code);
  for (const std::string& line : lines) {
    const std::string_view words = trim(line);
    if (!words.empty()) joined.append(" ").append(words);
  }
  return for_display(joined);
}

Status ReplyParser::feed(std::string_view bytes) {
  for (char byte : bytes) {
    if (failure_) break;
    if (++reply_bytes_ > kMaxReplyBytes) {
      refuse(fmt::format("the server sent more than {} bytes as one reply", kMaxReplyBytes));
      break;
    }
    take_telnet(byte);
  }
  if (failure_) return tl::make_unexpected(*failure_);
  return {};
}

std::optional<Reply> ReplyParser::next() {
  if (queue_.empty()) return std::nullopt;
  Reply reply = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= size_of(reply);
  return reply;
}

bool ReplyParser::has_buffered() const {
  return !queue_.empty() || open_ || in_line_ || telnet_ != Telnet::text;
}

bool ReplyParser::settle() {
  if (failure_ || in_line_ || other_final_ == 0) return false;
  reply_.code = other_final_;
  reply_.lines.back() = text_after_code(reply_.lines.back());
  finish_reply();
  return !failure_;
}

void ReplyParser::take_telnet(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  switch (std::exchange(telnet_, Telnet::text)) {
    case Telnet::text:
      if (value == kIac) {
        telnet_ = Telnet::iac;
      } else {
        take_text(byte);
      }
      return;
    case Telnet::iac:
      if (value >= kFirstWithOption && value != kIac) {
        telnet_ = Telnet::option;
      } else if (value == kIac) {
        take_text(byte);
      } else if (value < kFirstCommand) {
        take_text(static_cast<char>(kIac));
        take_text(byte);
      }
      return;
    case Telnet::option:
      // No option of this number is in use, but "\xff\xfb\n" may be Latin-1 at the end of a line.
      if (byte == '\n') take_text(byte);
      return;
  }
}

void ReplyParser::take_text(char byte) {
  if (failure_) return;
  if (byte == '\n') {
    take_line();
    return;
  }
  in_line_ = true;
  if (line_.size() < kPrefixBytes + kMaxKeptLineBytes) {
    line_ += byte == '\0' ? kNulReplacement : byte;
  }
}

void ReplyParser::take_line() {
  in_line_ = false;
  while (!line_.empty() && line_.back() == '\r') line_.pop_back();
  const int code = code_of(line_);
  if (open_) {
    take_inner_line(line_, code);
  } else {
    take_first_line(line_, code);
  }
  line_.clear();
}

void ReplyParser::take_first_line(std::string_view line, int code) {
  if (code == 0) {
    if (!greeted_ && !line.empty()) {
      refuse("what answers on this port is not an FTP server", for_display(line, 100),
             "Check the host and the port");
    }
    return;
  }
  greeted_ = true;
  reply_ = Reply{code, {}};
  keep_line(text_after_code(line));
  open_ = is_continued(line);
  if (!open_) finish_reply();
}

void ReplyParser::take_inner_line(std::string_view line, int code) {
  const bool same_code = code == reply_.code;
  const bool final = code != 0 && !is_continued(line);
  keep_line(same_code ? text_after_code(line) : line);
  other_final_ = final ? code : 0;
  if (same_code && final) finish_reply();
}

void ReplyParser::keep_line(std::string_view text) {
  text = text.substr(0, kMaxKeptLineBytes);
  std::vector<std::string>& lines = reply_.lines;
  const bool full = lines.size() == kMaxKeptLines || kept_bytes_ + text.size() > kMaxKeptReplyBytes;
  if (full && !lines.empty()) {
    kept_bytes_ -= lines.back().size();
    lines.pop_back();
  }
  kept_bytes_ += text.size();
  lines.emplace_back(text);
}

void ReplyParser::finish_reply() {
  open_ = false;
  other_final_ = 0;
  kept_bytes_ = 0;
  reply_bytes_ = 0;
  const size_t bytes = size_of(reply_);
  if (queue_.size() == kMaxQueuedReplies || queued_bytes_ + bytes > kMaxQueuedBytes) {
    refuse("the server sends replies that nobody asked for");
    return;
  }
  queued_bytes_ += bytes;
  queue_.push_back(std::exchange(reply_, Reply{}));
}

void ReplyParser::refuse(std::string message, std::string reply, std::string hint) {
  failure_ = Error{ErrorKind::protocol, std::move(message), std::move(reply), std::move(hint)};
}

}  // namespace ftpull::ftp
