// What a real server said, as tests/golden has it: a transcript is played by answering what a
// conversation sends with what the server said to that line then.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftp/reply.h"

namespace ftpull::ftp::golden {

struct Event {
  enum class Who { client, server, closed_early, other };
  Who who = Who::other;
  std::string text;  // of client and server: the exact bytes, line ends included
};

class Transcript {
 public:
  /// Of tests/golden, without ".ftp".
  explicit Transcript(const std::string& name);
  /// All names that end so.
  static std::vector<std::string> names(std::string_view end);

  /// All that the server sent.
  std::string server_bytes() const;

  /// What came before the first line of the client, parsed.
  std::vector<Reply> greeting();
  /// What the server said to `line` where the client sent it next, or else at first, as far as it
  /// was said before the client closed the data connection early; empty when the client never did.
  std::vector<Reply> answers_to(std::string_view line);
  /// What it said after that close, before it was sent anything else.
  std::vector<Reply> after_close();

 private:
  std::vector<Reply> read_replies();

  std::vector<Event> events_;
  size_t next_ = 0;
};

}  // namespace ftpull::ftp::golden
