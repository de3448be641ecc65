#include "net/control_connection.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::net {
namespace {

/// How long an unfinished multi-line reply may stand before it is read the way that curl and lftp
/// do (QUIRKS A2); a server that is still writing is seldom silent for so long.
constexpr Duration kSettlePatience = std::chrono::seconds(3);

}  // namespace

ControlConnection::ControlConnection(Host& host, int session, Dial::Connected connected,
                                     Listener& listener)
    : host_(host),
      session_(session),
      listener_(&listener),
      last_answer_(host.loop.now()),
      stream_(host.loop, std::move(connected.fd),
              ControlStream::Events{[this](std::string_view bytes) { on_bytes(bytes); },
                                    [this](Error error) { listener_->on_lost(std::move(error)); }}),
      answer_is_here_(host.loop, [this] { take_replies(); }),
      unfinished_(host.loop, [this] {
        if (parser_.settle()) take_replies();
      }) {
  host_.on_connected(connected.took);
}

ControlConnection::~ControlConnection() {
  host_.on_disconnected();
}

void ControlConnection::begin_with(std::vector<ftp::Send> lines) {
  ahead_.expect(std::move(lines));
  write(ahead_.begin_before_greeting());
}

void ControlConnection::send(const ftp::Send& line) {
  const auto lines = ahead_.send(line);
  write(lines);
  // In a turn of its own: conversations are not told anything while they are speaking.
  if (lines.empty()) answer_is_here_.start(Duration(0));
}

void ControlConnection::write(const std::vector<ftp::Send>& lines) {
  std::string text;
  for (const ftp::Send& line : lines) {
    if (host_.traces()) {
      const auto verb = std::string_view(line.line).substr(0, line.line.find(' '));
      host_.trace(session_,
                  line.secret ? fmt::format("> {} ***", verb) : "> " + for_display(line.line));
    }
    text += line.line + "\r\n";
  }
  if (!text.empty()) stream_.send(text);
}

void ControlConnection::stop() {
  stopped_ = true;
  stream_.stop();
  answer_is_here_.stop();
  unfinished_.stop();
}

void ControlConnection::on_bytes(std::string_view bytes) {
  const auto fed = parser_.feed(bytes);
  take_replies();
  if (stopped_) return;
  if (!fed) {
    stop();
    listener_->on_lost(fed.error());
  } else if (parser_.has_buffered()) {
    // Before the server's silence ends the session.
    unfinished_.start(std::min(kSettlePatience, host_.settings.timeout / 2));
  } else {
    unfinished_.stop();
  }
}

void ControlConnection::take_replies() {
  while (!stopped_) {
    auto reply = ahead_.take_answer();
    if (!reply) {
      reply = parser_.next();
      if (!reply) return;
      if (host_.traces()) host_.trace(session_, "< " + reply->text());
      // A server that keeps saying "soon" makes no progress.
      if (!reply->is_preliminary()) last_answer_ = host_.loop.now();
      reply = ahead_.on_reply(std::move(*reply));
    }
    if (ahead_.mixed_up()) {
      stop();
      listener_->on_mixed_up();
    } else if (reply) {
      listener_->on_reply(*reply);
    }
  }
}

}  // namespace ftpull::net
