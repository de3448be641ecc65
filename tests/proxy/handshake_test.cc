#include "proxy/handshake.h"

#include <algorithm>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "proxy/http_connect.h"

using namespace ftpull;
using namespace proxy;
using namespace std::string_literals;

namespace {

struct Outcome {
  std::string sent;
  size_t used = 0;  // of what the proxy says
  bool done = false;
  std::optional<Error> error;
};

/// Gives it `says` as it wants it, at most `most` bytes at a time.
Outcome run(const std::string& url, const Target& target, std::string_view says,
            size_t most = 1000) {
  const auto handshake = make_handshake(*Server::parse(url), target);
  Outcome outcome;
  Result<std::string> answer = handshake->begin();
  for (;;) {
    if (!answer) {
      outcome.error = answer.error();
      return outcome;
    }
    outcome.sent += *answer;
    outcome.done = handshake->wanted() == 0;
    const size_t bytes = std::min({handshake->wanted(), most, says.size() - outcome.used});
    if (bytes == 0) return outcome;
    answer = handshake->take(says.substr(outcome.used, bytes));
    outcome.used += bytes;
  }
}

Error error_of(const std::string& url, std::string_view says) {
  const Outcome outcome = run(url, {"ftp.example.org", 21}, says);
  CAPTURE(says);
  REQUIRE(outcome.error);
  CHECK_FALSE(outcome.done);
  return *outcome.error;
}

/// It is done exactly at the end of `says`, however that comes, and waits for the rest of it.
void check_ends_with(const std::string& url, const std::string& says, const std::string& sent) {
  const Target target{"ftp.example.org", 21};
  for (const size_t most : {1, 2, 3, 5, 1000}) {
    const Outcome outcome = run(url, target, says + "220 hello\r\n", most);
    CHECK_FALSE(outcome.error);
    CHECK(outcome.done);
    CHECK(outcome.used == says.size());
    CHECK(outcome.sent == sent);
  }
  for (size_t length = 0; length < says.size(); ++length) {
    const Outcome outcome = run(url, target, says.substr(0, length));
    CHECK_FALSE(outcome.done);
    CHECK_FALSE(outcome.error);
  }
}

const std::string kBound = "\5\0\0\1\1\2\3\4\0\7"s;
const std::string kRequest = "\5\1\0\3\17ftp.example.org\0\25"s;

}  // namespace

TEST_CASE("socks_asks_for_a_name_and_takes_nothing_beyond_the_answer") {
  check_ends_with("socks5h://h", "\5\0"s + kBound, "\5\1\0"s + kRequest);
}

TEST_CASE("socks_logs_in_when_the_proxy_wants_it") {
  check_ends_with("socks5h://u:pw@h", "\5\2\1\0"s + kBound, "\5\2\0\2\1\1u\2pw"s + kRequest);
  check_ends_with("socks5h://u:pw@h", "\5\0"s + kBound, "\5\2\0\2"s + kRequest);
}

TEST_CASE("socks_sends_addresses_as_addresses") {
  CHECK(run("socks5h://h", {"10.0.0.1", 258}, "\5\0"s).sent == "\5\1\0\5\1\0\1\12\0\0\1\1\2"s);
  CHECK(run("socks5://h", {"::1", 1}, "\5\0"s).sent ==
        "\5\1\0\5\1\0\4"s + std::string(15, '\0') + "\1\0\1"s);
}

TEST_CASE("socks_answers_may_be_bound_to_names_and_to_ipv6") {
  for (const std::string& bound : {"\3\2ab\0\1"s, "\3\0\0\1"s, "\3\377"s + std::string(257, 'x'),
                                   "\4"s + std::string(18, 'x')}) {
    check_ends_with("socks5h://h", "\5\0\5\0\0"s + bound, "\5\1\0"s + kRequest);
  }
}

TEST_CASE("every_socks_reply_has_its_meaning") {
  const char* const meanings[] = {
      "general failure",          "its rules do not allow it",
      "network unreachable",      "host unreachable",
      "connection refused",       "the connection took too long",
      "it does not know CONNECT", "it does not know this kind of address",
      "unknown failure"};
  for (int code = 1; code < 256; ++code) {
    const Error error = error_of("socks5://h", "\5\0\5"s + static_cast<char>(code));
    CHECK(error.kind == ErrorKind::network);
    CHECK(error.message == "the proxy socks5://h:1080 does not connect to ftp.example.org:21: "s +
                               meanings[std::min(code, 9) - 1] + " (SOCKS reply " +
                               std::to_string(code) + ")");
  }
}

TEST_CASE("a_socks_proxy_that_does_not_let_us_in_is_a_refused_login") {
  Error error = error_of("socks5h://h", "\5\xff"s);
  CHECK(error.kind == ErrorKind::login);
  CHECK(error.message == "the proxy socks5h://h:1080 wants a user and a password");
  for (const std::string& says : {"\5\2\1\1"s, "\5\2\1\xff"s, "\5\xff"s}) {
    error = error_of("socks5h://u:hush@h", says);
    CHECK(error.kind == ErrorKind::login);
    CHECK(error.message == "the proxy socks5h://h:1080 refuses user and password");
    CHECK(describe(error).find("hush") == std::string::npos);
  }
}

TEST_CASE("what_is_not_socks_is_refused") {
  for (const std::string& says : {"\4\0"s, "HTTP"s, "2"s, "\5\1"s, "\5\2"s, "\5\0\4"s,
                                  "\5\0\5\0\0\2abcdef"s, "\5\0\5\0\0\0abcdef"s}) {
    CHECK(error_of("socks5h://h", says).kind == ErrorKind::protocol);
  }
  CHECK(error_of("socks5h://u:p@h", "\5\2\5\0"s).kind == ErrorKind::protocol);
  const auto handshake = make_handshake(*Server::parse("socks5://h"), {"h", 1});
  static_cast<void>(handshake->begin());
  CHECK_FALSE(handshake->take("\5\0\5"s));
}

TEST_CASE("connect_takes_nothing_beyond_the_empty_line") {
  const std::string sent =
      "CONNECT ftp.example.org:21 HTTP/1.1\r\nHost: ftp.example.org:21\r\n"
      "Proxy-Authorization: Basic dTpw\r\n\r\n";
  for (const std::string& says :
       {"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"s, "HTTP/1.0 200\n\n"s, "HTTP/1.1 299 x\r\n\r\n"s,
        "HTTP/1.1 200 x\nContent-Length: 7\n\r\n"s}) {
    check_ends_with("u:p@h", says, sent);
  }
  CHECK(run("h", {"::1", 2}, "").sent == "CONNECT [::1]:2 HTTP/1.1\r\nHost: [::1]:2\r\n\r\n");
}

TEST_CASE("users_and_passwords_of_any_length_and_bytes_are_encoded") {
  const auto login = [](const std::string& url) {
    const std::string sent = run(url, {"h", 1}, "").sent;
    const size_t begin = sent.find("Basic ") + 6;
    return sent.substr(begin, sent.find('\r', begin) - begin);
  };
  CHECK(login("u@h") == "dTo=");
  CHECK(login("u:p@h") == "dTpw");
  CHECK(login("u:pw@h") == "dTpwdw==");
  CHECK(login("u:%ff%fe%0d%0a@h") == "dTr//g0K");
}

TEST_CASE("a_connect_that_is_refused_says_why_in_the_words_of_the_proxy") {
  Error error = error_of("h", "HTTP/1.1 407 Who?\r\n\r\n");
  CHECK(error.kind == ErrorKind::login);
  CHECK(error.message == "the proxy http://h:1080 wants a user and a password");
  for (const char* const says : {"HTTP/1.1 407 Who?\r\n\r\n", "HTTP/1.0 401 Who?\r\n\r\n"}) {
    error = error_of("u:hush@h", says);
    CHECK(error.kind == ErrorKind::login);
    CHECK(error.message == "the proxy http://h:1080 refuses user and password");
    CHECK(describe(error).find("hush") == std::string::npos);
  }
  error = error_of("h", "HTTP/1.1 403 No \x1b[31m way\r\nA: b\r\n\r\n");
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.message ==
        "the proxy http://h:1080 does not connect to ftp.example.org:21: 403 No \\x1b[31m way");
  CHECK(error.hint.find("data ports") != std::string::npos);
  error = error_of("h", "HTTP/1.1 502 " + std::string(10'000, 'x') + "\r\n\r\n");
  CHECK(error.kind == ErrorKind::network);
  CHECK(error.message.size() < 250);
  CHECK(error_of("h", "HTTP/1.1 302 Found\r\n\r\n").kind == ErrorKind::network);
  // "dTpodXNo" is what was sent for them.
  for (const char* const says :
       {"HTTP/1.1 400 not hush\r\n\r\n", "HTTP/1.1 400 dTpodXNo\r\n\r\n"}) {
    error = error_of("u:hush@h", says);
    CHECK(describe(error).find("400 (with the password in it)") != std::string::npos);
    CHECK(describe(error).find("hush") == std::string::npos);
    CHECK(describe(error).find("dTpodXNo") == std::string::npos);
  }
}

TEST_CASE("what_is_not_http_is_refused") {
  for (const std::string& says :
       {"220 ftp"s, "\5\0"s, "HTTP/2 200\r\n\r\n"s, "HTTP/1.1 abc\r\n\r\n"s, "HTTP/1.1\r\n\r\n"s,
        "HTTP/1.1 2000\r\n\r\n"s, "HTTP/1.1 20\r\n\r\n"s, "HTTP/1.11200\r\n\r\n"s,
        "HTTP/1.1 200 " + std::string(HttpConnect::kMaxHeaderBytes, 'a')}) {
    CHECK(error_of("h", says).kind == ErrorKind::protocol);
  }
}

TEST_CASE("no_bytes_of_a_proxy_make_a_handshake_go_on_for_ever_or_beyond_its_end") {
  constexpr uint32_t kSeeds = 4000;
  const std::vector<std::string> answers = {"\5\2\1\0"s + kBound, "\5\0\5\0\0\3\5abcde\0\1"s,
                                            "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"};
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::string says = answers[seed % answers.size()] + "220 hello";
    for (int changes = static_cast<int>(random() % 4); changes >= 0; --changes) {
      says[random() % says.size()] = static_cast<char>(random() % 256);
    }
    const std::string url = seed % answers.size() == 2 ? "u:p@h" : "socks5h://u:p@h";
    const Outcome whole = run(url, {"h", 1}, says);
    const Outcome bytes = run(url, {"h", 1}, says, 1);
    CHECK(bytes.done == whole.done);
    CHECK(bytes.error.has_value() == whole.error.has_value());
    CHECK(bytes.sent == whole.sent);
    CHECK_FALSE((whole.done && whole.error));
    // Neither done nor refused: all was taken, and more is waited for.
    if (!whole.done && !whole.error) CHECK(whole.used == says.size());
  }
}
