// A control connection as conversations see it: command lines out, replies in, one for each line.
//
// It joins the stream, the reply parser and the lines that were sent ahead. What a reply means is
// not its matter.
#pragma once

#include <string_view>
#include <vector>

#include "ftpull/error.h"

#include "ftp/action.h"
#include "ftp/reply.h"
#include "ftp/send_ahead.h"
#include "net/control_stream.h"
#include "net/dial.h"
#include "net/host.h"
#include "net/loop.h"

namespace ftpull::net {

class ControlConnection {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    /// A reply that belongs to the conversation under way.
    virtual void on_reply(const ftp::Reply& reply) = 0;
    /// Closed, broken, or not FTP. Comes once, nothing comes after it.
    virtual void on_lost(Error error) = 0;
    /// The answers to lines that were sent ahead do not fit them. Nothing comes after it.
    virtual void on_mixed_up() = 0;
  };

  /// The listener is never called from within send(), and must not destroy it. The host counts it.
  ControlConnection(Host& host, int session, Dial::Connected connected, Listener& listener);
  ~ControlConnection();
  ControlConnection(const ControlConnection&) = delete;
  ControlConnection& operator=(const ControlConnection&) = delete;

  /// From here on this one listens.
  void hand_to(Listener& listener) { listener_ = &listener; }

  /// These lines go out before anything has been said.
  void begin_with(std::vector<ftp::Send> lines);
  /// These go out with the first of them.
  void expect(std::vector<ftp::Send> lines) { ahead_.expect(std::move(lines)); }
  void send(const ftp::Send& line);
  const ftp::SendAhead& ahead() const { return ahead_; }
  /// Answers that nobody has asked for yet are not to be used: they are too old.
  void forget_answers() { ahead_.forget(); }

  /// No callbacks any more.
  void stop();

  /// When a final reply last came, or the connection was made.
  TimePoint last_answer() const { return last_answer_; }

 private:
  void write(const std::vector<ftp::Send>& lines);
  void on_bytes(std::string_view bytes);
  void take_replies();

  Host& host_;
  const int session_;
  Listener* listener_;
  ftp::ReplyParser parser_;
  ftp::SendAhead ahead_;
  bool stopped_ = false;
  TimePoint last_answer_;
  ControlStream stream_;
  Timer answer_is_here_;
  Timer unfinished_;  // a reply, and the server is silent
};

}  // namespace ftpull::net
