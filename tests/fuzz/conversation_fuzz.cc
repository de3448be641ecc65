// Any bytes as the answers to a conversation: it ends at most once, asks for nothing after that,
// sends no RETR without a data connection and no password that was not asked for, and tells no
// secret.
//
// The first byte of the input chooses the conversation, each bit of the second whether the data
// connections can be made.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "ftp/inspect.h"
#include "ftp/login.h"
#include "ftp/reply.h"
#include "ftp/retrieve.h"

using namespace ftpull;
using namespace ftpull::ftp;

namespace {

constexpr const char* kSecret = "hunter2";

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "conversation fuzz: %s\n", what);
  std::abort();
}

/// The other side of a conversation, and what must hold.
template <class Conversation>
class Partner {
 public:
  Partner(Conversation conversation, uint8_t connects, bool knows_secret = false)
      : conversation_(std::move(conversation)), connects_(connects), knows_secret_(knows_secret) {}

  void talk(std::string_view bytes) {
    act(conversation_.start());
    ReplyParser parser;
    // One line at a time, so that what was heard before a limit counts.
    while (!bytes.empty()) {
      const size_t length = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
      if (!parser.feed(bytes.substr(0, length))) return;
      bytes.remove_prefix(length);
      while (const auto reply = parser.next()) hear(*reply);
    }
  }

 private:
  void hear(const Reply& reply) {
    password_asked_ = reply.is_intermediate();
    act(conversation_.on_reply(reply));
  }

  void act(const Actions& actions) {
    for (const Action& action : actions) {
      if (ended_ && !std::holds_alternative<CloseData>(action)) broken("it goes on after its end");
      if (const auto* line = std::get_if<Send>(&action)) {
        check(*line);
      } else if (std::holds_alternative<OpenData>(action)) {
        dial();
      } else if (std::holds_alternative<CloseData>(action)) {
        connected_ = false;
      } else if (const auto* failure = std::get_if<Fail>(&action)) {
        ended_ = true;
        check(failure->error);
      } else {
        ended_ = true;
      }
    }
  }

  void check(const Send& send) {
    if (send.line.find_first_of(std::string_view("\r\n\0", 3)) != send.line.npos) {
      broken("a line that is two");
    }
    active_ = active_ || send.line.starts_with("EPRT") || send.line.starts_with("PORT");
    if (send.line.starts_with("RETR") && !connected_ && !active_)
      broken("RETR without a data connection");
    const bool has_secret = send.line.find(kSecret) != send.line.npos;
    if (has_secret && !send.secret) broken("a secret that may be logged");
    if (has_secret && !password_asked_) broken("a password that was not asked for");
  }

  void check(const Error& error) {
    // Who does not know it may quote a server that says the same by chance.
    if (!knows_secret_) return;
    if ((error.message + error.reply + error.hint).find(kSecret) != std::string::npos) {
      broken("an error that tells the secret");
    }
  }

  void dial() {
    const bool works = (connects_ & 1) != 0;
    connects_ = static_cast<uint8_t>(connects_ >> 1 | connects_ << 7);
    if constexpr (requires { conversation_.on_data_connected(); }) {
      connected_ = works;
      act(works ? conversation_.on_data_connected()
                : conversation_.on_data_refused({ErrorKind::network, "refused", {}, {}}));
    }
  }

  Conversation conversation_;
  uint8_t connects_;
  bool knows_secret_;
  bool connected_ = false;
  bool active_ = false;
  bool password_asked_ = false;
  bool ended_ = false;
};

void retrieve(uint8_t choice, uint8_t connects, std::string_view bytes) {
  Retrieve::Request request{.path = "a/b"};
  request.offset = (choice & 1) != 0 ? 4096 : 0;
  if ((choice & 2) != 0) request.rang_end = 8192;
  if ((choice & 4) != 0) request.data.command = DataCommand::pasv;
  request.data.owed = (choice & 8) != 0 ? Owed::final_reply : Owed::surplus;
  if ((choice & 16) != 0) {
    request.data.command = (choice & 4) != 0 ? DataCommand::port : DataCommand::eprt;
    request.data.listening = {"192.0.2.7", 4660};
  }
  Partner(Retrieve(request), connects).talk(bytes);
}

void inspect(uint8_t choice, std::string_view bytes) {
  const Owed owed = (choice & 1) != 0 ? Owed::final_reply : Owed::surplus;
  Partner(Inspect((choice & 2) != 0 ? "a/\xFF" : "a/b", owed), 0).talk(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(input + 2), size - 2);
  const auto choice = static_cast<uint8_t>(input[0] / 4);
  switch (input[0] % 4) {
    case 0:
      Partner(Login({"joe", kSecret}), 0, true).talk(bytes);
      break;
    case 1:
      Partner(Login({}), 0).talk(bytes);
      break;
    case 2:
      inspect(choice, bytes);
      break;
    default:
      retrieve(choice, input[1], bytes);
  }
  return 0;
}
