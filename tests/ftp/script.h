// Tests of conversations as text. A script is what both sides say, one thing a line:
//
//   < 220 ready          a line of the server
//   > USER joe           a command; "> PASS ***" for one that must not be logged
//   ! connected          the data connection is there
//   ! refused            the data connection could not be made
//   = dial 1234          the conversation asks for a data connection ("= dial 1234 briefly" when
//                        it must not wait long)
//   = close              ... to drop it
//   = finish             ... ends well
//   = fail network lost  ... ends with an error of this kind; "lost" when the session is, too
//   = not FTP            the parser refuses what came
//
// The lines with < and ! are played, the rest must come out in the same places.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ftp/action.h"
#include "ftp/reply.h"

namespace ftpull::ftp::script {

/// Any conversation.
class Talk {
 public:
  virtual ~Talk() = default;
  virtual Actions start() = 0;
  virtual Actions on_reply(const Reply& reply) = 0;
  virtual Actions on_connected() = 0;
  virtual Actions on_refused() = 0;
};

/// A secret that every conversation of the tests may use; it must never be seen in an error.
inline constexpr const char* kSecret = "hunter2";

/// What is said when `script` is played: the script itself if all is well.
enum class Feed { whole, byte_by_byte };
std::string play(Talk& talk, std::string_view script, Feed feed);

/// The script without indentation and empty lines, as play() gives it.
std::string tidy(std::string_view script);

/// That byte in place of each \\xFF in a raw string.
std::string with_byte_255(std::string script);

/// Plays the script as often as it has replies, each time with another one replaced by something
/// worse, and goes on from there with a server that is well again, or is not. Checks what must
/// hold whatever a server says: the conversation ends exactly once, asks for nothing after its end,
/// sends no password that was not asked for and in passive mode no RETR without a data connection
/// (one that is asked for suffices where the script does not wait for it), leaves none open when it
/// fails, and shows no secret.
void check_each_step_failing(const std::function<std::unique_ptr<Talk>()>& begin,
                             std::string_view script);

template <class Conversation>
class TalkOf final : public Talk {
 public:
  template <class Make>
  explicit TalkOf(const Make& make) : conversation_(make()) {}

  Actions start() override { return conversation_.start(); }
  Actions on_reply(const Reply& reply) override { return conversation_.on_reply(reply); }
  Actions on_connected() override {
    if constexpr (requires(Conversation & c) { c.on_data_connected(); }) {
      return conversation_.on_data_connected();
    }
    return {};
  }
  Actions on_refused() override {
    if constexpr (requires(Conversation & c, Error e) { c.on_data_refused(e); }) {
      return conversation_.on_data_refused({ErrorKind::network, "refused", {}, {}});
    }
    return {};
  }
  const Conversation& conversation() const { return conversation_; }

 private:
  Conversation conversation_;
};

/// Plays the script in every way; the conversation is given back as it is after the plain one.
/// `make` returns a new conversation.
template <class Make>
auto run(const Make& make, std::string_view script);

}  // namespace ftpull::ftp::script

#include <doctest/doctest.h>

template <class Make>
auto ftpull::ftp::script::run(const Make& make, std::string_view script) {
  using Conversation = decltype(make());
  TalkOf<Conversation> bytes(make);
  CHECK(play(bytes, script, Feed::byte_by_byte) == tidy(script));
  check_each_step_failing([&] { return std::make_unique<TalkOf<Conversation>>(make); }, script);
  auto talk = std::make_unique<TalkOf<Conversation>>(make);
  CHECK(play(*talk, script, Feed::whole) == tidy(script));
  return talk;
}
