// The commands of a session that need no data connection.
#include <map>

#include <fmt/format.h>

#include "core/text.h"
#include "listing.h"
#include "session.h"

namespace ftpull::test_server {
namespace {

constexpr const char* kFeatures =
    " EPSV\r\n MDTM\r\n MLST type*;size*;modify*;\r\n PASV\r\n REST STREAM\r\n SIZE\r\n TVFS\r\n"
    " UTF8\r\n";

bool is_anonymous(std::string_view user) {
  return equals_ignoring_case(user, "anonymous") || equals_ignoring_case(user, "ftp");
}

}  // namespace

const Session::Handler* Session::find_handler(std::string_view verb) {
  static const std::map<std::string_view, Handler> kHandlers = {
      {"USER", {&Session::do_user, false}}, {"PASS", {&Session::do_pass, false}},
      {"ACCT", {&Session::do_acct, false}}, {"QUIT", {&Session::do_quit, false}},
      {"SYST", {&Session::do_syst, false}}, {"FEAT", {&Session::do_feat, false}},
      {"OPTS", {&Session::do_opts, false}}, {"NOOP", {&Session::do_noop, false}},
      {"TYPE", {&Session::do_type, true}},  {"MODE", {&Session::do_mode, true}},
      {"STRU", {&Session::do_stru, true}},  {"PWD", {&Session::do_pwd, true}},
      {"CWD", {&Session::do_cwd, true}},    {"CDUP", {&Session::do_cdup, true}},
      {"SIZE", {&Session::do_size, true}},  {"MDTM", {&Session::do_mdtm, true}},
      {"MLST", {&Session::do_mlst, true}},  {"REST", {&Session::do_rest, true}},
      {"RANG", {&Session::do_rang, true}},  {"EPSV", {&Session::do_epsv, true}},
      {"PASV", {&Session::do_pasv, true}},  {"RETR", {&Session::do_retr, true}},
      {"LIST", {&Session::do_list, true}},  {"NLST", {&Session::do_nlst, true}},
      {"MLSD", {&Session::do_mlsd, true}},  {"ABOR", {&Session::do_abor, true}},
  };
  auto it = kHandlers.find(verb);
  return it == kHandlers.end() ? nullptr : &it->second;
}

void Session::greet() {
  finish("220 ftpull test server ready.\r\n");
}

void Session::do_user() {
  user_ = argument_;
  password_good_ = false;
  finish("331 Please specify the password.\r\n");
}

void Session::do_pass() {
  const Settings& settings = shared_.script.settings();
  password_good_ = settings.user.empty() ? is_anonymous(user_)
                                         : user_ == settings.user && argument_ == settings.password;
  if (!password_good_) return finish("530 Login incorrect.\r\n");
  if (!settings.account.empty()) return finish("332 Need account for login.\r\n");
  admit();
}

void Session::do_acct() {
  const Settings& settings = shared_.script.settings();
  if (settings.account.empty()) return finish("202 No account is needed.\r\n");
  if (!password_good_ || argument_ != settings.account) return finish("530 Login incorrect.\r\n");
  admit();
}

void Session::admit() {
  const Settings& settings = shared_.script.settings();
  if (settings.max_sessions_at_login && !logged_in_ && shared_.logged_in >= settings.max_sessions) {
    reply(settings.max_sessions_reply.value_or("421 Too many connections as this user.\r\n"));
    return close(Closing::fin);
  }
  set_logged_in();
  finish("230 Login successful.\r\n");
}

void Session::do_quit() {
  if (behaviour_.close_after == Closing::none) behaviour_.close_after = Closing::fin;
  finish("221 Goodbye.\r\n");
}

void Session::do_syst() {
  finish("215 UNIX Type: L8\r\n");
}

void Session::do_feat() {
  const Settings& settings = shared_.script.settings();
  finish("211-Features:\r\n" + settings.features.value_or(kFeatures) + "211 End\r\n");
}

void Session::do_opts() {
  bool utf8 = equals_ignoring_case(argument_, "UTF8 ON") || equals_ignoring_case(argument_, "UTF8");
  finish(utf8 ? "200 Always in UTF8 mode.\r\n" : "501 Option not understood.\r\n");
}

void Session::do_noop() {
  finish("200 NOOP ok.\r\n");
}

void Session::do_type() {
  std::string type = to_lower(argument_);
  if (type == "i" || type == "l 8") return finish("200 Switching to Binary mode.\r\n");
  if (type == "a" || type == "a n") return finish("200 Switching to ASCII mode.\r\n");
  finish("504 Only types A and I.\r\n");
}

void Session::do_mode() {
  finish(equals_ignoring_case(argument_, "S") ? "200 Mode set to S.\r\n" : "504 Only mode S.\r\n");
}

void Session::do_stru() {
  finish(equals_ignoring_case(argument_, "F") ? "200 Structure set to F.\r\n"
                                              : "504 Only structure F.\r\n");
}

void Session::do_pwd() {
  std::string quoted;
  for (char c : folder_) quoted += c == '"' ? "\"\"" : std::string(1, c);
  finish(fmt::format("257 \"{}\" is the current directory\r\n", quoted));
}

void Session::do_cwd() {
  change_folder(argument_path());
}

void Session::do_cdup() {
  change_folder(folder_ == "/" ? folder_ : Tree::resolve(folder_, ".."));
}

void Session::change_folder(const std::optional<std::string>& path) {
  auto node = path ? shared_.tree.find(*path) : std::nullopt;
  if (!node || !node->folder) return finish("550 Failed to change directory.\r\n");
  folder_ = *path;
  finish("250 Directory successfully changed.\r\n");
}

void Session::do_size() {
  auto node = argument_node();
  if (!node || node->folder) return finish("550 Could not get file size.\r\n");
  finish(fmt::format("213 {}\r\n", node->size_bytes));
}

void Session::do_mdtm() {
  auto node = argument_node();
  if (!node || node->folder) return finish("550 Could not get file modification time.\r\n");
  finish(fmt::format("213 {}\r\n", time_value(node->modified)));
}

void Session::do_mlst() {
  auto node = argument_node();
  if (!node) return finish("550 No such file or directory.\r\n");
  finish(fmt::format("250-Listing\r\n {} {}\r\n250 End\r\n", facts(*node), *argument_path()));
}

}  // namespace ftpull::test_server
