#include "ftp/refusal.h"

#include <algorithm>
#include <span>
#include <string>

#include "core/text.h"

namespace ftpull::ftp {
namespace {

using Phrases = std::span<const std::string_view>;

// ProFTPD, Pure-FTPd, vsftpd, Apache FtpServer (QUIRKS C1-C7, O4) and the list of lftp (B6).
constexpr std::string_view kLimitPhrases[] = {
    "too many",         "no more connection", "more connection",   "maximum number",
    "(the maximum)",    "can't accept more",  "number of connect", "login limit",
    "connection limit", "session limit",      "limit reached",     "limit has been reached",
    "is restricted to", "already connected",  "simultaneous",      "overloaded",
    "the load was",     "load is that high",  "users max",         "maximum connections",
    "maximum of",
};
constexpr std::string_view kLaterPhrases[] = {
    "try again",   "try later", "try back later", "again later", "later.",
    "temporarily", "timed out", "timeout",        "broken pipe", "closed by the remote host",
};
constexpr std::string_view kTlsPhrases[] = {
    "use tls",
    "tls required",
    "ssl required",
    "requires tls",
    "requires ssl",
    "ssl/tls required",
    "must use encryption",
    "cleartext sessions",
    "session reuse required",
    "tls session of data connection",
    "tls is required",
    "encryption required",
    "ssl is required",
    "use encryption",
};
constexpr std::string_view kMissingPhrases[] = {
    "no such file", "not found", "cannot find", "can't find", "does not exist", "doesn't exist",
};
constexpr std::string_view kNotFilePhrases[] = {
    "not a regular file", "not a plain file", "is a directory", "regular files", "not a file",
};
constexpr std::string_view kDeniedPhrases[] = {
    "denied", "prohibited", "not permitted", "not allowed", "no permission", "forbidden",
};
constexpr std::string_view kRestartPhrases[] = {
    "restart", "resume", "resuming", "rest argument", "rang argument", "invalid offset",
};
constexpr std::string_view kEmptyPhrases[] = {
    "no files found",
    "no members found",
    "no data sets found",
};
constexpr std::string_view kOtherModePhrases[] = {"ascii mode", "on ipv6", "use epsv"};

bool contains_any(std::string_view text, Phrases phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    return text.find(phrase) != std::string_view::npos;
  });
}

void erase_all(std::string& text, std::string_view part) {
  for (size_t at = 0; !part.empty() && (at = text.find(part, at)) != std::string::npos;) {
    text.erase(at, part.size());
  }
}

/// All lines in lower case, without `name` and its last component.
std::string words_of(const Reply& reply, std::string_view name) {
  std::string words;
  for (const std::string& line : reply.lines) words.append(to_lower(line)).append("\n");
  const std::string path = to_lower(name);
  erase_all(words, path);
  // A short last component ("a", "1") would take letters out of every word.
  constexpr size_t kShortestComponent = 5;
  const std::string_view component = std::string_view(path).substr(path.rfind('/') + 1);
  if (component.size() >= kShortestComponent) erase_all(words, component);
  return words;
}

bool asks_for_limit(std::string_view words) {
  const bool only_sessions = words.find("only") != words.npos &&
                             words.find("session") != words.npos &&
                             words.find("allowed") != words.npos;
  return only_sessions || contains_any(words, kLimitPhrases);
}

bool is_unknown_command(int code) {
  return code == 500 || code == 501 || code == 502 || code == 503 || code == 504;
}

bool is_login_code(int code) {
  return code / 10 == 53 || code / 10 == 55;
}

Refusal of_login(bool greeting, const Reply& reply) {
  if (reply.is_transient()) return Refusal::transient;
  if (greeting || !is_login_code(reply.code)) return Refusal::permanent;
  return Refusal::login;
}

/// What asks for a data connection. vsftpd says 550 for a command that is turned off (O2).
Refusal of_data(const Reply& reply, std::string_view words) {
  constexpr int kNoDataConnection = 425;
  constexpr int kProtectionRefused = 521;
  if (contains_any(words, kOtherModePhrases)) return Refusal::unsupported;
  if (reply.code == kProtectionRefused) return Refusal::tls_required;
  if (reply.code == kNoDataConnection) return Refusal::limit;  // out of ports (C8)
  return reply.is_transient() ? Refusal::transient : Refusal::unsupported;
}

Refusal of_rest(const Reply& reply, std::string_view words) {
  if (reply.is_transient() && !contains_any(words, kRestartPhrases)) return Refusal::transient;
  return Refusal::restart_refused;
}

/// What is said of a file or folder.
Refusal of_file(CommandKind command, const Reply& reply, std::string_view words) {
  constexpr int kInvalidRestart = 554;
  constexpr int kNameNotAllowed = 553;
  constexpr int kNotAvailable = 550;
  const bool retr = command == CommandKind::retr;
  if (contains_any(words, kMissingPhrases)) return Refusal::not_found;
  if (contains_any(words, kNotFilePhrases)) return Refusal::not_a_file;
  if (retr && (reply.code == kInvalidRestart || contains_any(words, kRestartPhrases))) {
    return Refusal::restart_refused;
  }
  if (reply.is_transient()) return Refusal::transient;
  if (!retr && (!reply.is_permanent() || is_unknown_command(reply.code))) {
    return Refusal::unsupported;
  }
  if (!retr && contains_any(words, kOtherModePhrases)) return Refusal::unsupported;
  if (contains_any(words, kLaterPhrases)) return Refusal::transient;
  if (reply.code == kNameNotAllowed || contains_any(words, kDeniedPhrases)) return Refusal::denied;
  return reply.code == kNotAvailable ? Refusal::not_found : Refusal::permanent;
}

Refusal of_other(const Reply& reply, std::string_view words) {
  if (reply.is_transient()) return Refusal::transient;
  if (reply.is_permanent() && is_unknown_command(reply.code)) return Refusal::unsupported;
  return contains_any(words, kDeniedPhrases) ? Refusal::denied : Refusal::permanent;
}

bool is_about_file(CommandKind command) {
  return command == CommandKind::retr || command == CommandKind::size ||
         command == CommandKind::mdtm || command == CommandKind::list;
}

Refusal by_command(CommandKind command, const Reply& reply, std::string_view words) {
  switch (command) {
    case CommandKind::greeting:
    case CommandKind::user:
    case CommandKind::pass:
    case CommandKind::acct:
      if (contains_any(words, kLaterPhrases)) return Refusal::transient;
      return of_login(command == CommandKind::greeting, reply);
    case CommandKind::epsv:
    case CommandKind::pasv:
    case CommandKind::eprt:
    case CommandKind::port:
      return of_data(reply, words);
    case CommandKind::rest:
      return of_rest(reply, words);
    case CommandKind::retr:
    case CommandKind::size:
    case CommandKind::mdtm:
    case CommandKind::list:
      return of_file(command, reply, words);
    case CommandKind::other:
      return of_other(reply, words);
  }
  return Refusal::permanent;
}

struct Number {
  int value = 0;
  size_t begin = 0;
  size_t end = 0;
};

/// The first number from 1 to 1000 at or after `at` that stands by itself.
std::optional<Number> next_number(std::string_view words, size_t at) {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kAround = " ()\n,;:=\"'";
  constexpr uint64_t kMostPlausible = 1000;
  while ((at = words.find_first_of(kDigits, at)) != std::string_view::npos) {
    const size_t end = std::min(words.find_first_not_of(kDigits, at), words.size());
    const size_t after = end + (words.substr(end).starts_with('.') ? 1 : 0);
    const bool alone = (at == 0 || kAround.find(words[at - 1]) != kAround.npos) &&
                       (after >= words.size() || kAround.find(words[after]) != kAround.npos);
    const auto value = parse_decimal(words.substr(at, end - at));
    if (alone && value && *value >= 1 && *value <= kMostPlausible) {
      return Number{static_cast<int>(*value), at, end};
    }
    at = end;
  }
  return std::nullopt;
}

bool is_followed_by(std::string_view words, const Number& number, Phrases next_words) {
  const std::string_view rest = trim(words.substr(number.end));
  return std::any_of(next_words.begin(), next_words.end(),
                     [&](std::string_view word) { return rest.starts_with(word); });
}

/// Where the first phrase about a limit begins.
size_t limit_phrase(std::string_view words) {
  size_t first = std::string_view::npos;
  for (std::string_view phrase : kLimitPhrases) first = std::min(first, words.find(phrase));
  return std::min(first, words.find("only"));
}

}  // namespace

Refusal classify_refusal(CommandKind command, const Reply& reply, std::string_view name) {
  constexpr int kServiceClosing = 421;
  constexpr int kNotLoggedIn = 530;
  const std::string words = words_of(reply, name);
  const bool refused = reply.is_transient() || reply.is_permanent();
  // "too many" may be a part of a name that is not there.
  const bool missing = is_about_file(command) && contains_any(words, kMissingPhrases);
  if (refused && !missing && asks_for_limit(words)) return Refusal::limit;
  if (refused && !missing && contains_any(words, kTlsPhrases)) return Refusal::tls_required;
  if (reply.code == kServiceClosing) return Refusal::transient;
  if (reply.code == kNotLoggedIn && command != CommandKind::greeting &&
      !contains_any(words, kLaterPhrases)) {
    return Refusal::login;
  }
  return by_command(command, reply, words);
}

bool means_empty_listing(const Reply& reply, std::string_view path) {
  constexpr int kNotAvailableForNow = 450;
  constexpr int kNotAvailable = 550;
  if (reply.code != kNotAvailableForNow && reply.code != kNotAvailable) return false;
  return contains_any(words_of(reply, path), kEmptyPhrases);
}

std::string shown_folder(std::string_view path) {
  return path.empty() ? "the login folder" : for_display(path);
}

std::optional<int> limit_in_text(const Reply& reply, std::string_view name) {
  constexpr std::string_view kTimes[] = {"s ", "sec", "min", "hour", "day"};
  constexpr std::string_view kCounted[] = {"user",    "client", "connection",
                                           "session", "login",  "transfer"};
  constexpr size_t kNearBytes = 60;
  const std::string words = words_of(reply, name);
  if (!asks_for_limit(words)) return std::nullopt;
  const size_t phrase = limit_phrase(words);
  for (auto number = next_number(words, 0); number; number = next_number(words, number->end)) {
    const bool near = number->begin > phrase && number->begin - phrase < kNearBytes;
    if (near && !is_followed_by(words, *number, kTimes)) return number->value;
    if (number->begin < phrase && is_followed_by(words, *number, kCounted)) return number->value;
  }
  return std::nullopt;
}

}  // namespace ftpull::ftp
