// Every line of data/replies.jsonl and data/urls.jsonl against the parsers. Where clients disagree
// the tolerant reading counts, the tables say which lines that concerns and why.
#include "corpus.h"

#include <chrono>
#include <functional>
#include <map>

#include <doctest/doctest.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "ftpull/url.h"

#include "ftp/facts.h"
#include "ftp/passive.h"
#include "ftp/refusal.h"

using namespace ftpull;
using namespace ftpull::ftp;
using corpus::Json;

namespace {

/// Readings that differ from the line's "expect", by reply.
const std::map<std::string, Json> kTolerant = {
    // curl and lftp need no ')', and take the first group that fits.
    {"229 Success (|||12000|", {{"port", 12000}}},
    {"229 Success )(|||12000|)", {{"port", 12000}}},
    // commons-net and our rule: a word that begins with '/' is a path.
    {"257 /dir/to", {{"path", "/dir/to"}}},
    // curl and aria2: no path in it. To go on without one is the tolerant way.
    {"257 root is current directory.", nullptr},
};

const std::map<std::string, std::string> kSkippedCommands = {
    {"RETR", "the number in a 150 is never used (QUIRKS G6)"},
    {"RETR after REST 100 on a 1000-byte file", "the number in a 150 is never used (QUIRKS E18)"},
    {"HASH", "checksum commands are not parsed here"},
    {"XSHA256", "checksum commands are not parsed here"},
    {"XCRC", "checksum commands are not parsed here"},
};

Json pasv_of(const Reply& reply) {
  const auto address = parse_pasv(reply);
  if (!address) return nullptr;
  const auto& h = address->host;
  return {{"host", fmt::format("{}.{}.{}.{}", h[0], h[1], h[2], h[3])}, {"port", address->port}};
}

Json epsv_of(const Reply& reply) {
  const auto port = parse_epsv(reply);
  return port ? Json{{"port", *port}} : Json();
}

Json pwd_of(const Reply& reply) {
  const auto path = parse_pwd(reply);
  return path ? Json{{"path", *path}} : Json();
}

Json size_of(const Reply& reply) {
  const auto size = parse_size(reply);
  return size ? Json{{"size", *size}} : Json();
}

Json mdtm_of(const Reply& reply) {
  const auto mdtm = parse_mdtm(reply);
  if (!mdtm) return nullptr;
  return {{"mtime",
           fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time_t{mdtm->unix_seconds}))}};
}

const std::map<std::string, std::function<Json(const Reply&)>> kParsers = {
    {"PASV", pasv_of}, {"EPSV", epsv_of}, {"PWD", pwd_of}, {"SIZE", size_of}, {"MDTM", mdtm_of}};

/// Expectations about codes alone. Says whether `expect` is one.
bool check_codes(const Json& expect, const std::vector<Reply>& replies) {
  std::vector<int> codes;
  for (const Reply& reply : replies) codes.push_back(reply.code);
  if (expect.contains("codes")) {
    CHECK(codes == expect["codes"].get<std::vector<int>>());
  } else if (expect.contains("code")) {
    CHECK(codes == std::vector<int>{expect["code"].get<int>()});
  } else if (expect.contains("ok")) {
    CHECK((replies.front().is_success() || replies.front().is_intermediate()));
  } else if (expect.contains("logged_in")) {
    CHECK(replies.front().is_success());
  } else if (expect.contains("need")) {
    CHECK(codes == std::vector<int>{332});
  } else {
    return false;
  }
  return true;
}

/// Lines whose expectation stands in their note only.
bool check_special(const std::string& command, const std::string& bytes) {
  const auto replies = corpus::replies_in(bytes);
  if (command == "greeting" && bytes.starts_with("HTTP/")) {
    CHECK(replies.empty());
  } else if (bytes.starts_with("230 logged")) {  // NUL: replaced, as lftp does
    REQUIRE(replies.size() == 1);
    CHECK(replies.front().lines.front() == "logged\x1a in");
  } else if (bytes == "530 temporarily not available" || bytes == "430 temporarily not available") {
    CHECK(classify_refusal(CommandKind::pass, replies.at(0)) == Refusal::transient);
  } else if (bytes == "421 Timeout!") {
    CHECK(classify_refusal(CommandKind::other, replies.at(0)) == Refusal::transient);
  } else {
    return false;
  }
  return true;
}

/// As curl's "nocwd" would send it: the folders joined, doubled slashes made one.
std::string joined_path(const Json& expect) {
  std::string path;
  const auto add = [&](const std::string& part) {
    if (part.empty() && path.empty()) path = "/";
    if (!path.empty() && !path.ends_with('/')) path += '/';
    path += part.starts_with('/') && !path.empty() ? part.substr(1) : part;
  };
  for (const Json& part : expect["cwd"]) add(part.get<std::string>());
  if (expect["arg"].is_string()) add(expect["arg"].get<std::string>());
  return path;
}

std::string without_end_slash(std::string path) {
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::optional<std::string> text_or_none(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<std::string>();
}

/// aria2 refuses an empty user name; RFC 1738 and curl allow it, and so does this parser.
const std::map<std::string, std::string> kAcceptedUrls = {
    {"ftp://@localhost/download/aria2-1.0.0.tar.bz2", "empty user name"},
    {"ftp://:@localhost/download/aria2-1.0.0.tar.bz2", "empty user name"},
};

void check_url(const Json& line, const Url& url) {
  const Json& expect = line["expect"];
  CHECK((url.scheme == Url::Scheme::ftps ? "ftps" : "ftp") == expect["scheme"]);
  std::string host = expect["host"];
  if (expect.contains("zone")) host += "%" + expect["zone"].get<std::string>();
  CHECK(url.host == host);
  CHECK(url.port == expect["port"]);
  CHECK(url.user == text_or_none(expect["user"]));
  CHECK(url.password == text_or_none(expect["password"]));
  CHECK(without_end_slash(url.path) == joined_path(expect));
  CHECK(url.is_folder() == (expect["command"] != "RETR"));
  // "wire_type" is what the other client sent, also for --use-ascii and lists: not of the URL.
  const std::string type = expect["type"].is_null() ? "" : expect["type"].get<std::string>();
  CHECK((url.type == '\0' ? "" : std::string(1, url.type)) == type);
}

}  // namespace

TEST_CASE("every_reply_of_the_corpus_is_read") {
  size_t checked = 0;
  size_t skipped = 0;
  for (const Json& line : corpus::load("replies.jsonl")) {
    const std::string command = line["command"];
    const std::string bytes = line["reply"];
    CAPTURE(command);
    CAPTURE(bytes);
    if (kSkippedCommands.count(command) != 0) {
      ++skipped;
      continue;
    }
    ++checked;
    const auto tolerant = kTolerant.find(bytes);
    const Json expect = tolerant == kTolerant.end() ? line["expect"] : tolerant->second;
    const auto parser = kParsers.find(command);
    if (parser != kParsers.end()) {
      CHECK(parser->second(corpus::reply_of(bytes)) == expect);
    } else {
      const bool known = expect.is_null() ? check_special(command, bytes)
                                          : check_codes(expect, corpus::replies_in(bytes));
      CHECK(known);
    }
  }
  MESSAGE(fmt::format("replies: {} checked, {} skipped", checked, skipped));
  CHECK(checked == 59);
  CHECK(skipped == 7);
}

TEST_CASE("every_url_of_the_corpus_is_read") {
  size_t checked = 0;
  for (const Json& line : corpus::load("urls.jsonl")) {
    const std::string text = line["url"];
    CAPTURE(text);
    ++checked;
    const auto url = Url::parse(text);
    if (line["expect"].is_null()) {
      CHECK(url.has_value() == (kAcceptedUrls.count(text) != 0));
      continue;
    }
    REQUIRE(url);
    check_url(line, *url);
  }
  CHECK(checked == 86);
}
