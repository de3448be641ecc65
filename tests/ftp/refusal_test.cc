#include "ftp/refusal.h"

#include <doctest/doctest.h>

#include "corpus.h"

using namespace ftpull::ftp;
using corpus::reply_of;
using Kind = CommandKind;

namespace {

struct Case {
  Kind command;
  const char* reply;
  Refusal meaning;
  int limit = 0;  // 0: none named
};

void check(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    CAPTURE(c.reply);
    const Reply reply = reply_of(c.reply);
    CHECK(classify_refusal(c.command, reply) == c.meaning);
    CHECK(limit_in_text(reply).value_or(0) == c.limit);
  }
}

}  // namespace

TEST_CASE("texts_about_too_many_are_a_limit") {  // C1-C7, O4
  check({
      {Kind::greeting, "421 25 users (the maximum) are already logged in, sorry", Refusal::limit,
       25},
      {Kind::greeting, "421 Too many connections (4) from this IP", Refusal::limit, 4},
      {Kind::pass, "421 I can't accept more than 5 connections as the same user", Refusal::limit,
       5},
      {Kind::pass,
       "530 Sorry, the maximum number of clients (3) for this user are already connected.",
       Refusal::limit, 3},
      {Kind::user,
       "530 Sorry, the maximum number of connections (10) for your host are already "
       "connected.",
       Refusal::limit, 10},
      {Kind::pass,
       "530 Sorry, the maximum number of hosts (2) for this user are already connected.",
       Refusal::limit, 2},
      {Kind::greeting, "421 There are too many connected users, please try later.", Refusal::limit},
      {Kind::greeting, "421 There are too many connections from your internet address.",
       Refusal::limit},
      {Kind::pass, "421 Maximum anonymous login limit has been reached.", Refusal::limit},
      {Kind::pass, "530 Sorry, you have exceeded the number of connections.", Refusal::limit},
      {Kind::retr, "451 data.bin: Too many transfers", Refusal::limit},
      {Kind::retr,
       "550 The load was 3.20 when you connected. We do not allow downloads by anonymous "
       "users when the load is that high",
       Refusal::limit},
      {Kind::greeting, "421 No more connections allowed", Refusal::limit},  // C10
      {Kind::epsv, "425 Can't open passive connection", Refusal::limit},    // C8
  });
}

TEST_CASE("the_words_lftp_knows_are_a_limit_or_for_later") {  // B6, B8
  check({
      {Kind::pass, "530 Server overloaded", Refusal::limit},
      {Kind::pass, "530 Access is restricted to 50 users", Refusal::limit, 50},
      {Kind::pass, "530 Only 2 sessions are allowed for you", Refusal::limit, 2},
      {Kind::pass, "530 multiple simultaneous login not wanted", Refusal::limit},
      {Kind::pass, "530 You are already connected", Refusal::limit},
      {Kind::retr, "550 Too many open files", Refusal::limit},
      {Kind::pass, "530 temporarily not available", Refusal::transient},
      {Kind::pass, "530 try again later", Refusal::transient},
      {Kind::pass, "530 Please try back later", Refusal::transient},
      {Kind::pass, "430 temporarily not available", Refusal::transient},  // B7
      {Kind::user, "421 Service not available", Refusal::transient},
      {Kind::retr, "550 Broken pipe", Refusal::transient},
      {Kind::retr, "550 Connection timed out", Refusal::transient},
      {Kind::retr, "551 Connection closed by the remote host", Refusal::transient},
  });
}

TEST_CASE("a_refused_login_is_told_from_a_full_server") {
  check({
      {Kind::pass, "530 Login incorrect.", Refusal::login},
      {Kind::user, "530 This FTP server is anonymous only.", Refusal::login},
      {Kind::pass, "530 No ACCT, go away", Refusal::login},
      {Kind::acct, "532 Need account", Refusal::login},
      {Kind::pass, "550 Permission denied", Refusal::login},
      {Kind::retr, "530 Please login with USER and PASS.", Refusal::login},
      {Kind::greeting, "530 No access from your address", Refusal::permanent},
      {Kind::pass, "500 OOPS: cannot change directory", Refusal::permanent},
  });
}

TEST_CASE("a_number_that_is_no_cap_is_none") {
  check({
      {Kind::greeting, "421 Too many connections from 10.1.2.3, sorry", Refusal::limit},
      {Kind::greeting, "421 Too many connections, try again in 5 minutes", Refusal::limit},
      {Kind::greeting, "421 Too many connections (0)", Refusal::limit},
      {Kind::greeting, "421 Too many connections (5000)", Refusal::limit},
      {Kind::retr, "451 7: Too many transfers", Refusal::limit},
      {Kind::pass, "530 Login incorrect (3)", Refusal::login},
  });
}

TEST_CASE("what_is_said_of_a_file") {  // O1-O5, G1
  check({
      {Kind::retr, "550 Failed to open file.", Refusal::not_found},
      {Kind::size, "550 Could not get file size.", Refusal::not_found},
      {Kind::retr, "550 f: No such file or directory", Refusal::not_found},
      {Kind::retr, "450 f: No such file or directory", Refusal::not_found},
      {Kind::retr, "550 Permission denied.", Refusal::denied},
      {Kind::retr, "553 Prohibited file name", Refusal::denied},
      {Kind::mdtm, "550 Permission denied", Refusal::denied},
      {Kind::retr, "550 I can only retrieve regular files", Refusal::not_a_file},
      {Kind::size, "550 /pub: not a regular file", Refusal::not_a_file},
      {Kind::retr, "450 Temporarily failed to open file", Refusal::transient},
      {Kind::retr, "425 Use PORT or PASV first.", Refusal::transient},
      {Kind::retr, "426 Failure writing network stream.", Refusal::transient},
      {Kind::size, "550 SIZE not allowed in ASCII mode", Refusal::unsupported},
      {Kind::size, "500 command not understood", Refusal::unsupported},
      {Kind::mdtm, "502 Command not implemented", Refusal::unsupported},
      {Kind::retr, "502 RETR is off", Refusal::permanent},
  });
}

TEST_CASE("a_restart_that_is_refused_is_seen_at_rest_or_retr") {  // F2, F5, F6, F8, F14
  check({
      {Kind::rest, "502 REST not implemented", Refusal::restart_refused},
      {Kind::rest, "501 REST: Resuming transfers not allowed in ASCII mode",
       Refusal::restart_refused},
      {Kind::retr, "503 ASCII resume is unsafe", Refusal::restart_refused},
      {Kind::retr, "550 No support for resume of ASCII transfer.", Refusal::restart_refused},
      {Kind::retr, "554 REST: invalid REST argument", Refusal::restart_refused},
      {Kind::retr,
       "554-Restart offset 9 is too large for file size 5\r\n554 Restart offset reset to "
       "0",
       Refusal::restart_refused},
      {Kind::retr, "451 f: Append/Restart not permitted, try again", Refusal::restart_refused},
      {Kind::retr, "554 invalid RANG argument", Refusal::restart_refused},
      {Kind::rest, "421 Timeout.", Refusal::transient},
      {Kind::rest, "450 Busy", Refusal::transient},
  });
}

TEST_CASE("a_way_to_connect_that_is_refused_leaves_the_other") {  // H4, H6, O2
  check({
      {Kind::epsv, "500 no such command", Refusal::unsupported},
      {Kind::epsv, "522 Network protocol not supported, use (1)", Refusal::unsupported},
      {Kind::epsv, "314 bluah you f00l!", Refusal::unsupported},
      {Kind::pasv, "425 You cannot use PASV on IPv6 connections. Use EPSV instead.",
       Refusal::unsupported},
      {Kind::pasv, "550 Permission denied.", Refusal::unsupported},
      {Kind::eprt, "522 Network protocol not supported, use (1)", Refusal::unsupported},
      {Kind::port, "500 Illegal PORT command.", Refusal::unsupported},  // H16
      {Kind::epsv, "421 Idle timeout (60 seconds): closing control connection", Refusal::transient},
  });
}

TEST_CASE("a_server_that_wants_tls_says_so") {  // I1, I3, I11
  check({
      {Kind::pass, "530 Non-anonymous sessions must use encryption.", Refusal::tls_required},
      {Kind::user, "550 SSL/TLS required on the control channel", Refusal::tls_required},
      {Kind::pasv, "522 SSL/TLS required on the data channel", Refusal::tls_required},
      {Kind::epsv, "521 data connection cannot be opened", Refusal::tls_required},
      {Kind::retr, "522 SSL connection failed: session reuse required", Refusal::tls_required},
  });
}

TEST_CASE("other_commands_are_unknown_or_refused") {
  check({
      {Kind::other, "504 not that", Refusal::unsupported},
      {Kind::other, "451 busy", Refusal::transient},
      {Kind::other, "550 Permission denied.", Refusal::denied},
      {Kind::other, "350 what?", Refusal::permanent},
      {Kind::other, "421 Timeout!", Refusal::transient},
  });
}

TEST_CASE("a_name_that_the_server_repeats_means_nothing") {
  const std::string name = "/pub/too many restarts (7).bin";
  const Reply reply = reply_of("550 " + name + ": Failed to open");
  CHECK(classify_refusal(Kind::retr, reply, name) == Refusal::not_found);
  const Reply last = reply_of("550 too many restarts (7).bin: Failed to open");
  CHECK(classify_refusal(Kind::retr, last, name) == Refusal::not_found);
  const Reply folder = reply_of("550 /too many/a: Failed to open");
  CHECK(classify_refusal(Kind::retr, folder, "/too many/a") == Refusal::not_found);
  const Reply missing = reply_of("550 too many.bin: No such file");
  CHECK(classify_refusal(Kind::retr, missing) == Refusal::not_found);
  const Reply limit = reply_of("451 Too many transfers: max 30: " + name);
  CHECK(classify_refusal(Kind::retr, limit, name) == Refusal::limit);
  CHECK(limit_in_text(limit, name) == 30);
}

TEST_CASE("an_empty_folder_may_be_a_refusal") {  // E10, O6
  for (const char* text : {"450 No files found", "550 no files found.", "550 No members found.",
                           "550 No data sets found."}) {
    CAPTURE(text);
    CHECK(means_empty_listing(reply_of(text)));
  }
}

TEST_CASE("other_refusals_of_a_listing_do_not_mean_an_empty_folder") {
  for (const char* text : {"450 pub: No such file or directory", "550 Failed to open directory.",
                           "550 pub: Permission denied", "426 No files found", "451 No files found",
                           "425 No files found", "226 No files found"}) {
    CAPTURE(text);
    CHECK_FALSE(means_empty_listing(reply_of(text)));
  }
  const Reply missing = reply_of("550 /no files found: No such directory");
  CHECK_FALSE(means_empty_listing(missing, "/no files found"));
}
