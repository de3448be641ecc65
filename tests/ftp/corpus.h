// The lines of tests/ftp/data: what other clients' sources and tests, and issue threads, show of
// replies and URLs. Each line names its source.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "ftp/reply.h"

namespace corpus {

using Json = nlohmann::json;

inline std::vector<Json> load(const std::string& name) {
  std::ifstream file(std::string(TEST_DATA) + "/ftp/data/" + name);
  REQUIRE(file.good());
  std::vector<Json> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(Json::parse(line));
  return lines;
}

/// The replies in `bytes`; a line end is added.
inline std::vector<ftpull::ftp::Reply> replies_in(std::string_view bytes) {
  ftpull::ftp::ReplyParser parser;
  std::vector<ftpull::ftp::Reply> replies;
  (void)parser.feed(bytes);
  (void)parser.feed("\r\n");
  while (auto reply = parser.next()) replies.push_back(*reply);
  return replies;
}

inline ftpull::ftp::Reply reply_of(std::string_view bytes) {
  const auto replies = replies_in(bytes);
  REQUIRE(replies.size() == 1);
  return replies.front();
}

}  // namespace corpus
