#include "cli/password.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/range.h"
#include "core/text.h"

namespace ftpull::cli {
namespace {

constexpr std::string_view kStars = "***";
constexpr size_t kLongestPassword = 512;  // a control line is refused by many servers beyond this

/// Where in a text its authority begins when it is a URL.
std::optional<size_t> authority_of(std::string_view text, std::string_view before) {
  constexpr std::string_view kProxy = "--proxy";
  constexpr std::string_view kProxyIs = "--proxy=";
  if (const size_t scheme = text.find("://"); scheme != text.npos) return scheme + 3;
  if (before == kProxy) return 0;
  if (text.starts_with(kProxyIs)) return kProxyIs.size();
  return std::nullopt;
}

/// Where the password of a URL stands in its text; empty when there is none.
Range password_place(std::string_view text, std::string_view before = {}) {
  const std::optional<size_t> authority_at = authority_of(text, before);
  if (!authority_at) return {};
  const size_t begin = *authority_at;
  const std::string_view authority = text.substr(begin, text.find('/', begin) - begin);
  const size_t at = authority.rfind('@');
  const size_t colon = authority.find(':');
  if (at == std::string_view::npos || colon > at) return {};
  return {begin + colon + 1, begin + at};
}

/// CR, LF and NUL would end the PASS command and begin another one.
Result<std::string> checked(std::string password, std::string_view source) {
  const bool clean = std::none_of(password.begin(), password.end(),
                                  [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  if (clean && password.size() <= kLongestPassword) return password;
  return fail(ErrorKind::usage,
              fmt::format("the password from {} has control characters or more than {} bytes",
                          for_display(source), kLongestPassword),
              {}, "It must be one line of text");
}

Result<std::string> read_password_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line(kLongestPassword + 2, '\0');  // "\r\n" may follow
  if (file) file.read(line.data(), static_cast<std::streamsize>(line.size()));
  if (!file.is_open() || file.bad()) {
    return fail(
        ErrorKind::usage,
        fmt::format("cannot read --password-file {}: {}", for_display(path), std::strerror(errno)),
        {}, "Name a file whose first line is the password");
  }
  line.resize(static_cast<size_t>(file.gcount()));
  line.resize(std::min(line.find('\n'), line.size()));
  if (line.ends_with('\r')) line.pop_back();
  return checked(std::move(line), path);
}

extern "C" void interrupt_the_read(int) {}

/// Echo off, and Ctrl-C interrupts read() instead of ending the process with the echo still off.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd), valid_(tcgetattr(fd, &before_) == 0) {
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (valid_) valid_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
    struct sigaction action {};
    action.sa_handler = interrupt_the_read;
    sigaction(SIGINT, &action, &interrupt_before_);
    sigaction(SIGTERM, &action, &terminate_before_);
  }
  ~QuietTerminal() {
    if (valid_) tcsetattr(fd_, TCSAFLUSH, &before_);
    sigaction(SIGINT, &interrupt_before_, nullptr);
    sigaction(SIGTERM, &terminate_before_, nullptr);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  bool valid() const { return valid_; }

 private:
  int fd_;
  termios before_{};
  struct sigaction interrupt_before_ {};
  struct sigaction terminate_before_ {};
  bool valid_;
};

}  // namespace

void wipe_password(char* word, std::string_view before) {
  const size_t length = std::strlen(word);
  const Range place = password_place({word, length}, before);
  if (place.empty()) return;
  const size_t stars = std::min<size_t>(place.size(), kStars.size());
  std::memcpy(word + place.begin, kStars.data(), stars);
  // The rest moves up, so that the length tells nothing, and the old end is cleared.
  const size_t rest = length - place.end;
  std::memmove(word + place.begin + stars, word + place.end, rest);
  std::memset(word + place.begin + stars + rest, 0, place.size() - stars);
}

std::string hide_password(std::string_view text) {
  const Range place = password_place(text);
  if (place.empty()) return std::string(text);
  return fmt::format("{}{}{}", text.substr(0, place.begin), kStars, text.substr(place.end));
}

Result<std::string> ask_password(int fd, std::string_view user, Console& console) {
  const QuietTerminal quiet(fd);
  if (!quiet.valid()) {
    return fail(ErrorKind::usage, "cannot turn off the terminal's echo to ask for a password", {},
                "Use --password-file");
  }
  console.err << "Password for " << for_display(user) << ": " << std::flush;
  std::string line;
  char c = 0;
  ssize_t got = 0;
  while (line.size() <= kLongestPassword && (got = read(fd, &c, 1)) == 1 && c != '\n') line += c;
  console.err << '\n' << std::flush;
  if (got < 0 && errno == EINTR) {
    return fail(ErrorKind::interrupted, "interrupted while asking for the password");
  }
  if (got < 0) {
    return fail(ErrorKind::usage, fmt::format("cannot read a password: {}", std::strerror(errno)),
                {}, "Use --password-file");
  }
  return checked(std::move(line), "the terminal");
}

Result<std::optional<std::string>> find_password(const Options& options, const std::string& user,
                                                 Console& console) {
  Result<std::string> found;
  if (options.password_file) {
    found = read_password_file(*options.password_file);
  } else if (const char* const set = std::getenv("FTPULL_PASSWORD")) {
    found = checked(set, "FTPULL_PASSWORD");
  } else if (console.in_is_terminal) {
    found = ask_password(STDIN_FILENO, user, console);
  } else {
    return std::nullopt;
  }
  return found.map([](std::string password) { return std::optional(std::move(password)); });
}

}  // namespace ftpull::cli
