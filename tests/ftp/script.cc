#include "script.h"

#include <map>
#include <optional>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::ftp::script {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string verb_of(std::string_view line) {
  return std::string(line.substr(0, line.find(' ')));
}

std::string text_of(const Action& action) {
  return std::visit(
      Overloaded{[](const Send& send) {
                   return "> " + (send.secret ? verb_of(send.line) + " ***" : send.line);
                 },
                 [](const OpenData& open) {
                   return fmt::format("= dial {}{}", open.port, open.impatient ? " briefly" : "");
                 },
                 [](const CloseData&) { return std::string("= close"); },
                 [](const Finish&) { return std::string("= finish"); },
                 [](const Fail& failure) {
                   return fmt::format("= fail {}{}", error_kind_name(failure.error.kind),
                                      failure.session_lost ? " lost" : "");
                 }},
      action);
}

std::vector<std::string> lines_of(std::string_view script) {
  std::vector<std::string> lines;
  while (!script.empty()) {
    const size_t end = std::min(script.find('\n'), script.size());
    std::string_view line = script.substr(0, end);
    script.remove_prefix(std::min(end + 1, script.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

/// The inputs of a script: what the server sends in one go (possibly several replies), or an event.
struct Input {
  std::vector<std::string> server_lines;
  std::string event;
};

std::vector<Input> inputs_of(std::string_view script) {
  std::vector<Input> inputs;
  bool open = false;
  for (const std::string& line : lines_of(script)) {
    const bool server = line.starts_with("< ");
    if (server && !open) inputs.emplace_back();
    if (server) inputs.back().server_lines.push_back(line.substr(2));
    if (line.starts_with("! ")) inputs.push_back({{}, line.substr(2)});
    open = server;
  }
  return inputs;
}

class Transcript {
 public:
  void add(const std::string& line) { text_ += line + "\n"; }
  void add(const Actions& actions) {
    for (const Action& action : actions) add(text_of(action));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

std::string with_byte_255(std::string script) {
  for (size_t at = 0; (at = script.find("\\xFF", at)) != script.npos; ++at) {
    script.replace(at, 4, "\xFF");
  }
  return script;
}

std::string tidy(std::string_view script) {
  Transcript transcript;
  for (const std::string& line : lines_of(script)) transcript.add(line);
  return transcript.text();
}

std::string play(Talk& talk, std::string_view script, Feed feed) {
  Transcript transcript;
  ReplyParser parser;
  transcript.add(talk.start());
  for (const Input& input : inputs_of(script)) {
    if (!input.event.empty()) {
      transcript.add("! " + input.event);
      transcript.add(input.event == "connected" ? talk.on_connected() : talk.on_refused());
      continue;
    }
    std::string bytes;
    for (const std::string& line : input.server_lines) {
      transcript.add("< " + line);
      bytes += line + "\r\n";
    }
    const size_t step = feed == Feed::whole ? bytes.size() : 1;
    bool good = true;
    for (size_t at = 0; at < bytes.size() && good; at += step) {
      good = parser.feed(std::string_view(bytes).substr(at, step)).has_value();
      while (const auto reply = parser.next()) transcript.add(talk.on_reply(*reply));
    }
    if (!good) transcript.add("= not FTP");
  }
  return transcript.text();
}

namespace {

/// What a server that is well says to a command; to none, a greeting.
std::string good_answer(const std::string& verb) {
  static const std::map<std::string, std::string> answers = {
      {"", "220 ready"},
      {"USER", "331 password"},
      {"PASS", "230 in"},
      {"FEAT", "211 none"},
      {"TYPE", "200 ok"},
      {"OPTS", "200 ok"},
      {"SIZE", "213 5"},
      {"CWD", "550 no folder"},
      {"MDTM", "213 2020010203"},
      {"EPSV", "229 ok (|||7|)"},
      {"PASV", "227 (1,2,3,4,0,8)"},
      {"EPRT", "200 ok"},
      {"PORT", "200 ok"},
      {"REST", "350 ok"},
      {"RANG", "350 ok"},
      {"RETR", "226 done"},
      {"MLSD", "226 done"},
      {"LIST", "226 done"},
      {"MODE", "200 ok"},
      {"PWD", "257 \"/\""},
  };
  return answers.at(verb);
}

/// One conversation with a server that goes wrong, under supervision.
class Ordeal {
 public:
  enum class Dial { connects, refused, connects_late };

  /// `is_eager`: RETR may go out as soon as the data connection is asked for.
  Ordeal(Talk& talk, Dial dial, bool is_eager) : talk_(talk), dial_(dial), is_eager_(is_eager) {
    take(talk_.start());
  }

  bool ended() const { return ends_ > 0 || not_ftp_; }
  const std::string& last_verb() const { return verb_; }

  void event(bool connected) {
    dial_pending_ = false;
    connected_ = connected;
    take(connected ? talk_.on_connected() : talk_.on_refused());
  }

  void say(const std::string& line) {
    if (!parser_.feed(line + "\r\n")) not_ftp_ = true;
    while (const auto reply = parser_.next()) {
      last_code_ = reply->code;
      take(talk_.on_reply(*reply));
    }
  }

  /// Answers what is asked until the conversation ends; `fault` a while in place of a good answer.
  void answer_to_the_end(const std::optional<std::string>& fault) {
    constexpr int kFaults = 20;
    constexpr int kSteps = 60;
    for (int i = 0; i < kSteps && !ended(); ++i) {
      if (dial_pending_ && (dial_ != Dial::connects_late || i % 2 == 1)) {
        event(dial_ != Dial::refused);
      } else {
        say(fault && i < kFaults ? *fault : good_answer(verb_));
      }
    }
    CHECK(ended());
  }

  void check_silence_after_the_end() {
    for (const char* line : {"226 late", "421 bye", "150 again", "331 what"}) {
      if (!not_ftp_) say(line);
    }
    if (dial_pending_) event(true);
    CHECK(ends_ <= 1);
  }

 private:
  void take(const Actions& actions) {
    for (const Action& action : actions) {
      CHECK_MESSAGE(ends_ == 0, "after the end: " << text_of(action));
      std::visit(
          Overloaded{[this](const Send& send) { on_send(send); },
                     [this](const OpenData&) { data_open_ = dial_pending_ = true; },
                     [this](const CloseData&) { data_open_ = dial_pending_ = connected_ = false; },
                     [this](const Finish&) { ++ends_; },
                     [this](const Fail& failure) {
                       ++ends_;
                       CHECK_FALSE(data_open_);
                       CHECK_FALSE(failure.error.message.empty());
                       CHECK(describe(failure.error).find(kSecret) == std::string::npos);
                     }},
          action);
    }
  }

  void on_send(const Send& send) {
    const std::string verb = verb_of(send.line);
    if (verb == "PASS") {
      const bool asked_for = verb_ == "USER" && last_code_ / 100 == 3;
      CHECK(asked_for);
    }
    if (verb == "EPRT" || verb == "PORT") active_ = true;
    if (verb == "RETR") CHECK((connected_ || active_ || (is_eager_ && data_open_)));
    CHECK(send.secret == (verb == "PASS"));
    CHECK(send.line.find_first_of("\r\n") == std::string::npos);
    verb_ = verb;
  }

  Talk& talk_;
  const Dial dial_;
  const bool is_eager_;
  ReplyParser parser_;
  std::string verb_;
  int last_code_ = 0;
  int ends_ = 0;
  bool not_ftp_ = false;
  bool data_open_ = false;
  bool dial_pending_ = false;
  bool connected_ = false;
  bool active_ = false;
};

}  // namespace

void check_each_step_failing(const std::function<std::unique_ptr<Talk>()>& begin,
                             std::string_view script) {
  static const std::string kFaults[] = {
      "421 closing", "500 what?",    "550 no", "425 later", "garbage",  "226 late",
      "331 again",   "633 c2VjcmV0", "150 go", "120 soon",  "332 ACCT",
  };
  const std::vector<Input> inputs = inputs_of(script);
  const bool is_eager = script.find("> RETR") < script.find("! connected");
  for (size_t failing = 0; failing < inputs.size(); ++failing) {
    if (inputs[failing].server_lines.empty()) continue;
    for (const std::string& fault : kFaults) {
      for (const auto dial :
           {Ordeal::Dial::connects, Ordeal::Dial::refused, Ordeal::Dial::connects_late}) {
        for (const bool stays_ill : {false, true}) {
          CAPTURE(failing);
          CAPTURE(fault);
          CAPTURE(stays_ill);
          const std::unique_ptr<Talk> talk = begin();
          Ordeal ordeal(*talk, dial, is_eager);
          for (size_t i = 0; i < failing; ++i) {
            for (const std::string& line : inputs[i].server_lines) ordeal.say(line);
            if (!inputs[i].event.empty()) ordeal.event(inputs[i].event == "connected");
          }
          if (!ordeal.ended()) ordeal.say(fault);
          ordeal.answer_to_the_end(stays_ill ? std::optional(fault) : std::nullopt);
          ordeal.check_silence_after_the_end();
        }
      }
    }
  }
}

}  // namespace ftpull::ftp::script
