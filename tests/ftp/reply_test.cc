#include "ftp/reply.h"

#include <doctest/doctest.h>

#include "corpus.h"

using namespace ftpull;
using namespace ftpull::ftp;
using corpus::replies_in;
using corpus::reply_of;
using Lines = std::vector<std::string>;

namespace {

std::string repeat(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

size_t bytes_of(const Reply& reply) {
  size_t bytes = 0;
  for (const std::string& line : reply.lines) bytes += line.size();
  return bytes;
}

}  // namespace

TEST_CASE("a_single_line_is_a_reply") {
  const Reply reply = reply_of("331 Password, please");
  CHECK(reply.code == 331);
  CHECK(reply.lines == Lines{"Password, please"});
  CHECK(reply.is_intermediate());
  CHECK_FALSE(reply.is_success());
}

TEST_CASE("the_first_digit_is_the_class") {
  CHECK(reply_of("150 x").is_preliminary());
  CHECK(reply_of("226 x").is_success());
  CHECK(reply_of("425 x").is_transient());
  CHECK(reply_of("550 x").is_permanent());
  const Reply odd = reply_of("633 x");  // QUIRKS A13
  CHECK(odd.code == 633);
  CHECK_FALSE((odd.is_preliminary() || odd.is_success() || odd.is_intermediate() ||
               odd.is_transient() || odd.is_permanent()));
}

TEST_CASE("lines_without_a_code_belong_to_a_multi_line_reply") {  // A1, A8
  const Reply reply = reply_of("220-Welcome\r\n  to this\r\nplain\r\n\r\n220-and\r\n220 ready");
  CHECK(reply.code == 220);
  CHECK(reply.lines == Lines{"Welcome", "  to this", "plain", "", "and", "ready"});
}

TEST_CASE("an_inner_line_with_another_code_is_text") {  // A3
  const Reply reply = reply_of("230-Note\r\n234 users now\r\n550-x\r\n230 ok");
  CHECK(reply.code == 230);
  CHECK(reply.lines == Lines{"Note", "234 users now", "550-x", "ok"});
}

TEST_CASE("a_silent_server_may_have_ended_with_another_code") {  // A2
  ReplyParser parser;
  REQUIRE(parser.feed("230-Welcome\r\n200 Logged in\r\n"));
  CHECK_FALSE(parser.next());
  CHECK(parser.settle());
  const auto reply = parser.next();
  REQUIRE(reply);
  CHECK(reply->code == 200);
  CHECK(reply->lines == Lines{"Welcome", "Logged in"});
  CHECK_FALSE(parser.has_buffered());
}

TEST_CASE("silence_ends_no_reply_that_is_clearly_unfinished") {  // A2
  for (const char* bytes : {"", "230-Welcome\r\n", "230-a\r\n200 b\r\nc\r\n", "230-a\r\n200-b\r\n",
                            "230-a\r\n200 b\r\n2", "200 b"}) {
    ReplyParser parser;
    REQUIRE(parser.feed(bytes));
    CHECK_FALSE(parser.settle());
    CHECK_FALSE(parser.next());
  }
}

TEST_CASE("a_line_may_end_with_lf_alone") {  // A4
  const auto replies = replies_in("150 go\n226 done\r\r\n");
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].lines == Lines{"go"});
  CHECK(replies[1].lines == Lines{"done"});
}

TEST_CASE("a_nul_is_replaced_and_hides_nothing") {  // A5
  const Reply reply = reply_of(std::string_view("230 a\0b", 7));
  CHECK(reply.lines == Lines{"a\x1a"
                             "b"});
  CHECK(reply.text() == "230 a\\x1ab");
}

TEST_CASE("a_code_without_text_is_a_reply") {  // A6
  CHECK(reply_of("331").lines == Lines{""});
  CHECK(reply_of("331 ").lines == Lines{""});
  CHECK(reply_of("230-\r\n230").lines == Lines{"", ""});
  CHECK(reply_of("331").text() == "331");
}

TEST_CASE("a_very_long_line_is_taken_and_cut") {  // A7
  const auto replies = replies_in("220 " + std::string(17'000, 'x') + "\r\n230 next");
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].lines.front() == std::string(ReplyParser::kMaxKeptLineBytes, 'x'));
  CHECK(replies[1].lines == Lines{"next"});
}

TEST_CASE("hundreds_of_lines_are_all_kept") {  // A7
  const Reply reply = reply_of(repeat("250-a line of a long banner\r\n", 400) + "250 end");
  CHECK(reply.lines.size() == 401);
}

TEST_CASE("of_too_many_lines_the_first_and_the_last_are_kept") {
  const Reply many = reply_of("250-first\r\n" + repeat("x\r\n", 20'000) + "250 last");
  CHECK(many.lines.size() == ReplyParser::kMaxKeptLines);
  CHECK(many.lines.front() == "first");
  CHECK(many.lines.back() == "last");
  const Reply big =
      reply_of("250-first\r\n" + repeat(std::string(4000, 'x') + "\r\n", 200) + "250 last");
  CHECK(bytes_of(big) <= ReplyParser::kMaxKeptReplyBytes);
  CHECK(big.lines.back() == "last");
}

TEST_CASE("a_reply_without_end_is_refused") {
  for (const std::string& unit : Lines{"x", "x\r\n", "\xff\xfb\x01", "250-x\r\n"}) {
    ReplyParser parser;
    REQUIRE(parser.feed("250-x\r\n"));
    const auto status = parser.feed(repeat(unit, ReplyParser::kMaxReplyBytes / unit.size() + 1));
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::protocol);
    CHECK_FALSE(parser.feed("250 end\r\n"));
    CHECK_FALSE(parser.next());
  }
}

TEST_CASE("a_reply_just_within_the_limit_is_taken") {
  ReplyParser parser;
  const std::string line(ReplyParser::kMaxReplyBytes - 6, 'x');
  REQUIRE(parser.feed("250 " + line + "\r\n"));
  CHECK(parser.next());
}

TEST_CASE("many_replies_may_come_at_once_but_not_any_number") {  // A9
  ReplyParser parser;
  CHECK(parser.feed(repeat("226 x\r\n", ReplyParser::kMaxQueuedReplies)));
  CHECK_FALSE(parser.feed("226 x\r\n"));
  size_t taken = 0;
  while (parser.next()) ++taken;
  CHECK(taken == ReplyParser::kMaxQueuedReplies);
}

TEST_CASE("waiting_replies_are_bounded_in_bytes_too") {
  ReplyParser parser;
  const std::string big = "250-" + repeat(std::string(4000, 'x') + "\r\n", 15) + "250 end\r\n";
  CHECK_FALSE(parser.feed(repeat(big, 10)));
  size_t bytes = 0;
  while (auto reply = parser.next()) bytes += bytes_of(*reply);
  CHECK(bytes > 0);
  CHECK(bytes <= ReplyParser::kMaxQueuedBytes);
}

TEST_CASE("taken_replies_make_room_for_others") {
  ReplyParser parser;
  const std::string big = "250-" + repeat(std::string(4000, 'x') + "\r\n", 15) + "250 end\r\n";
  for (int i = 0; i < 100; ++i) {
    REQUIRE(parser.feed(big));
    REQUIRE(parser.next());
  }
}

TEST_CASE("telnet_commands_are_removed") {  // A17
  CHECK(reply_of("\xff\xfb\x01"
                 "220 a\xff\xfd\x03"
                 "b\xff\xf1")
            .lines == Lines{"ab"});
  CHECK(reply_of("220 a\xff\xff"
                 "b")
            .lines == Lines{"a\xff"
                            "b"});
  CHECK(reply_of("220 \xffx").lines == Lines{"\xffx"});
  CHECK(reply_of("220 \xff\xfb").lines == Lines{""});
}

TEST_CASE("what_is_not_ftp_is_said_to_be_so") {  // A13
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "+OK\n",
                            "1234 x\r\n", "22 x\r\n", "022 x\r\n", "220x\r\n"}) {
    ReplyParser parser;
    const auto status = parser.feed(bytes);
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::protocol);
    CHECK(status.error().reply.size() >= 3);
  }
}

TEST_CASE("stray_lines_between_replies_are_dropped") {
  const auto replies = replies_in("\r\n220 hello\r\n\r\nstray\r\n230 in");
  REQUIRE(replies.size() == 2);
  CHECK(replies[1].code == 230);
}

TEST_CASE("any_byte_not_taken_counts_as_buffered") {  // I8
  ReplyParser parser;
  CHECK_FALSE(parser.has_buffered());
  REQUIRE(parser.feed("234 go\r\n"));
  CHECK(parser.has_buffered());
  REQUIRE(parser.next());
  CHECK_FALSE(parser.has_buffered());
  for (const char* bytes : {"2", "220-x\r\n", "\xff", "\r"}) {
    ReplyParser other;
    REQUIRE(other.feed(bytes));
    CHECK(other.has_buffered());
  }
}

TEST_CASE("the_text_of_a_reply_is_one_clean_line") {
  CHECK(reply_of("530 Login incorrect.").text() == "530 Login incorrect.");
  CHECK(reply_of("530-\r\n  a  \r\n530 \x1b[31mb").text() == "530 a \\x1b[31mb");
}
