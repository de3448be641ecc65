// Replies of a control connection (RFC 959 section 4.2): bytes in, replies out.
//
// The parser takes what servers really send (QUIRKS A1-A17) and stays small whatever is sent: what
// is kept of a reply is capped, what may be read for one reply and what may wait to be taken is
// limited, past that feed() fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/error.h"

namespace ftpull::ftp {

struct Reply {
  int code = 0;  // 100..999 as sent; a first digit outside 1-5 is possible (QUIRKS A13)
  // The text of each line, without the reply's own code and separator; raw bytes, but a NUL is
  // kNulReplacement. Never empty. Of an overlong reply the first lines and the last one are there.
  std::vector<std::string> lines;

  bool is_preliminary() const { return code / 100 == 1; }
  bool is_success() const { return code / 100 == 2; }
  bool is_intermediate() const { return code / 100 == 3; }
  bool is_transient() const { return code / 100 == 4; }
  bool is_permanent() const { return code / 100 == 5; }

  /// "530 Login incorrect.": the code and all lines joined by a space, cleaned, for messages.
  std::string text() const;

  bool operator==(const Reply&) const = default;
};

/// Takes the bytes of one control connection.
///
/// - A line ends with LF; CRs before it are dropped (A4). Empty lines between replies are skipped.
/// - A reply is "ddd text" or "ddd" alone (A6), or begins with "ddd-" and ends with a line that has
///   the same code and no '-'. Every line between is text, also one without a code (A1), or with
///   another code (A3, the example of RFC 959).
/// - A server that ends a multi-line reply with another code (A2) looks the same as A3 until it
///   falls silent. Only the caller knows about silence, so it says so with settle().
/// - Text where a reply should begin is not FTP (an HTTP answer, an SSH banner) if it is the very
///   first line; feed() then fails. Later such lines are dropped, as curl and lftp do.
/// - Telnet commands (IAC WILL/WONT/DO/DONT x and the two-byte ones) are removed, a doubled IAC is
///   one byte 0xFF (A17). 0xFF before any other byte is text: a name in Latin-1.
///
/// Where the bytes were cut into calls of feed() never matters. Not thread-safe.
class ReplyParser {
 public:
  // The longest line that means something is an MLST fact line with a path, under 4 KiB.
  static constexpr size_t kMaxKeptLineBytes = 4096;
  // FEAT and HELP have some dozen lines, banners some hundred (A7, A8).
  static constexpr size_t kMaxKeptLines = 512;
  static constexpr size_t kMaxKeptReplyBytes = 64 * 1024;
  // Fifty times the longest reply known (A7), lines and code-less text included.
  static constexpr size_t kMaxReplyBytes = 1024 * 1024;
  // A pipelined burst has under ten answers. Who lets more wait is flooded.
  static constexpr size_t kMaxQueuedReplies = 64;
  static constexpr size_t kMaxQueuedBytes = 256 * 1024;
  // ASCII "substitute": no path or name with it passes the check for control characters.
  static constexpr char kNulReplacement = '\x1a';

  /// Fails with protocol past a limit, or when the first line is not FTP; from then on always.
  /// Replies that were complete before that can still be taken.
  Status feed(std::string_view bytes);

  /// The oldest reply not yet taken.
  std::optional<Reply> next();

  /// Is there any byte or reply not yet taken? Nothing may be left where TLS begins (I8).
  bool has_buffered() const;

  /// The server has been silent for a while. An open multi-line reply whose latest line is
  /// "ddd text" with another code ends there and takes that line's code, as curl and lftp read it
  /// (A2). Says whether next() has a reply by this. Does nothing otherwise.
  bool settle();

 private:
  enum class Telnet { text, iac, option };

  void take_telnet(char byte);
  void take_text(char byte);
  void take_line();
  void take_first_line(std::string_view line, int code);
  void take_inner_line(std::string_view line, int code);
  void keep_line(std::string_view text);
  void finish_reply();
  void refuse(std::string message, std::string reply = {}, std::string hint = {});

  Telnet telnet_ = Telnet::text;
  std::string line_;        // of the line under way, at most kMaxKeptLineBytes and the code
  bool in_line_ = false;    // also true while all of a line was dropped
  bool open_ = false;       // reply_ is a multi-line reply under way
  Reply reply_;             // under way when open_
  size_t kept_bytes_ = 0;   // of reply_
  int other_final_ = 0;     // code of the latest line of reply_ when it could be a final one (A2)
  size_t reply_bytes_ = 0;  // read since the last reply ended
  bool greeted_ = false;    // a line with a code has been seen
  std::deque<Reply> queue_;
  size_t queued_bytes_ = 0;
  std::optional<Error> failure_;
};

}  // namespace ftpull::ftp
