#include "cli/password.h"

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include "fake_engine.h"
#include "temp_folder.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

std::string wiped(std::string word, std::string_view word_before = {}) {
  const size_t before = word.size();
  wipe_password(word.data(), word_before);
  CHECK(word.size() == before);
  const size_t end = word.find('\0');
  CHECK(word.find_first_not_of('\0', std::min(end, before)) == std::string::npos);
  return word.substr(0, end);
}

Result<std::optional<std::string>> from_file(const std::string& path) {
  Options options;
  options.password_file = path;
  FakeConsole fake;
  return find_password(options, "me", fake.console);
}

/// Both ends of a terminal that nobody looks at.
struct PseudoTerminal {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  int slave = -1;

  PseudoTerminal() {
    REQUIRE(master >= 0);
    REQUIRE(grantpt(master) == 0);
    REQUIRE(unlockpt(master) == 0);
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    REQUIRE(slave >= 0);
  }
  ~PseudoTerminal() {
    close(slave);
    close(master);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  bool echoes() const {
    termios settings{};
    return tcgetattr(slave, &settings) == 0 && (settings.c_lflag & ECHO) != 0;
  }
};

}  // namespace

TEST_CASE("a_password_in_a_url_is_wiped_in_place") {
  CHECK(wiped("ftp://me:hush-hush@host/a") == "ftp://me:***@host/a");
  CHECK(wiped("ftp://me:x@host/a") == "ftp://me:*@host/a");
  CHECK(wiped("ftp://me:p@ss@host/a") == "ftp://me:***@host/a");
  CHECK(wiped("ftp://me:a:b@host") == "ftp://me:***@host");
  CHECK(wiped("--repair=ftp://me:hush@host/a") == "--repair=ftp://me:***@host/a");
}

TEST_CASE("the_password_of_a_proxy_is_wiped_without_a_scheme_too") {
  CHECK(wiped("me:hush@host:1080", "--proxy") == "me:***@host:1080");
  CHECK(wiped("--proxy=me:hush@host") == "--proxy=me:***@host");
  CHECK(wiped("socks5h://me:hush@host", "--proxy") == "socks5h://me:***@host");
  CHECK(wiped("none", "--proxy") == "none");
  CHECK(wiped("--proxy=host:1080") == "--proxy=host:1080");
}

TEST_CASE("what_has_no_password_stays_as_it_is") {
  for (const char* const word :
       {"ftp://host/a", "ftp://me@host/a", "ftp://host:2121/a@b", "ftp://me:@host/a",
        "ftp://me@[::1]:21/a", "--user", "", "a:b@c"}) {
    CHECK(wiped(word) == word);
    CHECK(hide_password(word) == word);
  }
}

TEST_CASE("a_hidden_password_does_not_tell_its_length") {
  CHECK(hide_password("ftp://me:x@host/a") == "ftp://me:***@host/a");
}

TEST_CASE("the_first_line_of_the_file_is_the_password") {
  const TempFolder folder;
  CHECK(**from_file(folder.write("a", "pass word\n")) == "pass word");
  CHECK(**from_file(folder.write("b", "no line end")) == "no line end");
  CHECK(**from_file(folder.write("c", "dos\r\nmore")) == "dos");
  CHECK((*from_file(folder.write("d", "")))->empty());
  std::string longest(512, 'x');
  CHECK(**from_file(folder.write("e", longest.append("\r\n"))) == std::string(512, 'x'));
}

TEST_CASE("a_password_that_could_carry_a_command_or_is_no_password_is_refused") {
  const TempFolder folder;
  for (const std::string& content :
       {std::string("a\rDELE x"), std::string("a\0b", 3), std::string(513, 'x')}) {
    const auto password = from_file(folder.write("f", content));
    REQUIRE_FALSE(password);
    CHECK(password.error().kind == ErrorKind::usage);
  }
  CHECK_FALSE(from_file(folder / "missing"));
  CHECK_FALSE(from_file(folder / ""));
}

TEST_CASE("a_password_is_asked_for_without_echo") {
  const PseudoTerminal terminal;
  REQUIRE(terminal.echoes());
  bool was_quiet = false;
  std::thread person([&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (terminal.echoes() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    was_quiet = !terminal.echoes();
    const std::string_view typed = "hush\n";
    CHECK(write(terminal.master, typed.data(), typed.size()) == 5);
  });
  FakeConsole fake;
  const auto password = ask_password(terminal.slave, "me\x1b", fake.console);
  person.join();
  CHECK(was_quiet);
  CHECK(password.value_or("") == "hush");
  CHECK(fake.err.str() == "Password for me\\x1b: \n");
  CHECK(terminal.echoes());
}

TEST_CASE("a_password_cannot_be_asked_for_without_a_terminal") {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  FakeConsole fake;
  CHECK_FALSE(ask_password(fd, "me", fake.console));
  close(fd);
}
