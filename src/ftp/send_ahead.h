// Lines that are sent before their conversation asks for them: so a session is ready after few
// round trips, and answers several questions within one.
//
// Conversations stay sequential. Lines that they will most likely send go out in one burst; when a
// conversation then sends one of them it is not written again, and is given the reply that belongs
// to it. What lies before it on the wire was not needed: its reply is dropped. A line that was not
// foreseen is written, and its reply comes after all others.
//
// What makes that safe is the count: replies belong to the oldest line on the wire, each must fit
// its line, and beyond the login no answer is handed over before the last one of the burst is
// there. So a server that loses a line, or says something twice, is found out before anything that
// it said is believed (QUIRKS A11, A12, B20, K7). The waiting costs nothing, as they all come
// within the same round trip. Answers to greeting, USER and PASS are handed over at once: after a
// refusal many servers answer nothing more.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ftp/action.h"
#include "ftp/reply.h"

namespace ftpull::ftp {

/// Does a server with this greeting take more than one line at a time? Some are known not to
/// (QUIRKS K2).
bool bears_pipelining(const Reply& greeting);

/// For one control connection, from its beginning on.
class SendAhead {
 public:
  /// These lines will be sent next, in this order. They go out together, with the first of them.
  void expect(std::vector<Send> lines) { expected_ = std::move(lines); }

  /// They go out before the server has said anything: gives back what has to be written.
  std::vector<Send> begin_before_greeting();

  /// A conversation sends `line`. Gives back what has to be written for it, which is nothing when
  /// it is on the wire already.
  std::vector<Send> send(const Send& line);

  /// The next reply of the server. Gives it back when the conversation is to have it now. A 421 it
  /// always is.
  std::optional<Reply> on_reply(Reply reply);

  /// The answer to the line that the conversation sent last, if it is here already; once.
  std::optional<Reply> take_answer();

  /// Lines were sent ahead on this connection.
  bool used() const { return used_; }
  /// Some of them have no final reply yet.
  bool outstanding() const { return answered_ < wire_.size(); }
  /// A reply did not fit its line: nothing that comes can be relied on any more.
  bool mixed_up() const { return mixed_up_; }

  /// What is here already has become too old to be true.
  void forget();

 private:
  struct Line {
    Send sent;  // the greeting's is empty
    std::optional<Reply> answer;
  };

  std::vector<Send> write_expected();

  std::vector<Send> expected_;
  std::vector<Line> wire_;
  size_t answered_ = 0;          // of wire_, from its beginning
  size_t passed_ = 0;            // the same: asked for, or skipped
  std::optional<size_t> asked_;  // in wire_: what the conversation waits for
  bool used_ = false;
  bool mixed_up_ = false;
};

}  // namespace ftpull::ftp
