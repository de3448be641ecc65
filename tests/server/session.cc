#include "session.h"

#include <algorithm>

#include "core/text.h"

namespace ftpull::test_server {
namespace {

constexpr std::string_view kGreeting = "greeting";
/// Bounds what a client can make the server remember by pipelining during a transfer.
constexpr size_t kMostWaitingLines = 10'000;

bool names_a_file(std::string_view verb) {
  constexpr std::string_view kVerbs[] = {"RETR", "SIZE", "MDTM", "CWD",
                                         "LIST", "NLST", "MLSD", "MLST"};
  return std::find(std::begin(kVerbs), std::end(kVerbs), verb) != std::end(kVerbs);
}

bool uses_data(std::string_view verb) {
  return verb == "RETR" || verb == "LIST" || verb == "NLST" || verb == "MLSD";
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

}  // namespace

Session::Session(Shared& shared, int number, Handle<uv_tcp_t> socket)
    : shared_(shared),
      number_(number),
      timer_(shared.loop),
      control_(shared.loop, std::move(socket), *this) {}

void Session::start() {
  ++shared_.sessions;
  shared_.log.session_opened(number_, control_.peer_name());
  control_.start();
  const Settings& settings = shared_.script.settings();
  if (!settings.max_sessions_at_login && shared_.sessions > settings.max_sessions) {
    reply(settings.max_sessions_reply.value_or("421 Too many connections.\r\n"));
    return close(Closing::fin);
  }
  begin(kGreeting);
}

void Session::stop() {
  closing_ = true;
  on_gone();
}

void Session::on_line(std::string line) {
  shared_.log.command(number_, line);
  if (closing_) return;
  bool abor = equals_ignoring_case(trim(line), "ABOR");
  if (abor && sender_ && !shared_.script.settings().abor_waits) {
    lines_.push_front(std::move(line));
    aborted_ = true;
    return sender_->abort();
  }
  if (transfer_waits_ && !may_wait()) return;
  if (lines_.size() < kMostWaitingLines) lines_.push_back(std::move(line));
  if (!busy_) next();
}

/// A command that comes before the transfer has ended, and its reply was sent.
bool Session::may_wait() {
  const Settings& settings = shared_.script.settings();
  switch (settings.mid_transfer) {
    case MidTransfer::wait:
      return true;
    case MidTransfer::discard:
      return false;
    case MidTransfer::overtake:
      break;
    case MidTransfer::refuse:
      reply(settings.mid_transfer_reply);
      if (settings.mid_transfer_reply.starts_with("421")) close(Closing::fin);
      return false;
  }
  overtaken_ = true;
  timer_.stop();
  drop_data();
  overtaken_ = false;
  conclude();
  return true;
}

void Session::on_gone() {
  if (gone_) return;
  gone_ = true;
  drop_data();
  timer_.stop();
  --shared_.sessions;
  if (logged_in_) --shared_.logged_in;
  shared_.log.session_closed(number_, closing_ ? "server" : "client");
  shared_.session_gone();
}

void Session::drop_data() {
  listener_.reset();
  if (sender_) {
    sender_->abort();
  } else if (transferring_) {
    transferring_ = false;
    --shared_.transfers;
  }
}

void Session::next() {
  if (busy_ || closing_ || gone_ || lines_.empty()) return;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  begin(line);
}

void Session::begin(std::string_view line) {
  busy_ = true;
  size_t blank = line.find(' ');
  verb_ = line == kGreeting ? std::string(line) : upper(line.substr(0, blank));
  argument_ = blank == std::string_view::npos ? "" : line.substr(blank + 1);
  Event event{number_, verb_, {}, rest_ > 0, rang_end_ != kNoLimit};
  std::string path;
  if (names_a_file(verb_)) path = argument_path().value_or("");
  event.path = path;
  behaviour_ = shared_.script.on(event);
  if (behaviour_.delay_ms == 0) return carry_out();
  timer_.start(behaviour_.delay_ms, [this] { carry_out(); });
}

void Session::carry_out() {
  if (behaviour_.close_before != Closing::none) return close(behaviour_.close_before);
  if (behaviour_.before) reply(*behaviour_.before);
  if (behaviour_.flood) return control_.flood(*behaviour_.flood);
  if (!answer_instead()) perform();
}

bool Session::answer_instead() {
  if (behaviour_.perform || (!behaviour_.reply && !behaviour_.silent)) return false;
  std::string text = behaviour_.reply.value_or("");
  bool welcome = verb_ == kGreeting ? text.starts_with("230")
                                    : (verb_ == "USER" || verb_ == "PASS") && text.starts_with("2");
  if (welcome) set_logged_in();
  if (uses_data(verb_)) {
    listener_.reset();
    rest_ = 0;
  }
  finish(text);
  return true;
}

void Session::perform() {
  if (verb_ == kGreeting) return greet();
  const Handler* handler = find_handler(verb_);
  if (handler == nullptr) return finish("502 Command not implemented.\r\n");
  if (handler->needs_login && !logged_in_) {
    return finish("530 Please login with USER and PASS.\r\n");
  }
  (this->*handler->run)();
}

void Session::reply(const std::string& text) {
  if (text.empty() || gone_) return;
  shared_.log.reply(number_, text);
  control_.send(text, behaviour_.bytewise_ms);
}

void Session::finish(const std::string& text) {
  if (!behaviour_.silent) reply(behaviour_.reply.value_or(text));
  conclude();
}

void Session::conclude() {
  if (gone_) return;
  transfer_waits_ = false;
  if (behaviour_.after) reply(*behaviour_.after);
  if (behaviour_.close_after != Closing::none) return close(behaviour_.close_after);
  busy_ = false;
  next();
}

void Session::close(Closing how) {
  if (gone_ || closing_) return;
  closing_ = true;
  drop_data();
  control_.close(how);
}

void Session::set_logged_in() {
  if (!logged_in_) ++shared_.logged_in;
  logged_in_ = true;
}

std::optional<std::string> Session::argument_path() const {
  return Tree::resolve(folder_, argument_);
}

std::optional<Node> Session::argument_node() const {
  auto path = argument_path();
  return path ? shared_.tree.find(*path) : std::nullopt;
}

}  // namespace ftpull::test_server
