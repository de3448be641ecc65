#include "transcript.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

namespace ftpull::ftp::golden {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(TEST_DATA) / "golden";

/// The bytes that TEXT of the format stands for.
std::string unescaped(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
      continue;
    }
    const char kind = text.at(++i);
    if (kind == 'r') bytes += '\r';
    if (kind == 'n') bytes += '\n';
    if (kind == '\\') bytes += '\\';
    if (kind != 'x') continue;
    bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return bytes;
}

std::string_view verb_of(std::string_view line) {
  return line.substr(0, line.find_first_of(" \r"));
}

/// The password of an anonymous login is anything.
bool is_same_line(std::string_view sent, std::string_view recorded) {
  if (verb_of(sent) == "PASS") return verb_of(recorded) == "PASS";
  return std::string(sent) + "\r\n" == recorded;
}

}  // namespace

Transcript::Transcript(const std::string& name) {
  std::ifstream file(kFolder / (name + ".ftp"));
  REQUIRE_MESSAGE(file.good(), name);
  for (std::string line; std::getline(file, line);) {
    const std::string_view kind = std::string_view(line).substr(0, 3);
    if (kind == "C: ") {
      events_.push_back({Event::Who::client, unescaped(line.substr(3))});
    } else if (kind == "S: ") {
      events_.push_back({Event::Who::server, unescaped(line.substr(3))});
    } else {
      const bool early = line == "D: closed early";
      events_.push_back({early ? Event::Who::closed_early : Event::Who::other, {}});
    }
  }
}

std::vector<std::string> Transcript::names(std::string_view end) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() == ".ftp" && name.ends_with(end)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Transcript::server_bytes() const {
  std::string bytes;
  for (const Event& event : events_) {
    if (event.who == Event::Who::server) bytes += event.text;
  }
  return bytes;
}

std::vector<Reply> Transcript::greeting() {
  next_ = 0;
  return read_replies();
}

std::vector<Reply> Transcript::answers_to(std::string_view line) {
  const auto find = [&](size_t from) {
    return std::find_if(events_.begin() + static_cast<std::ptrdiff_t>(from), events_.end(),
                        [&](const Event& event) {
                          return event.who == Event::Who::client && is_same_line(line, event.text);
                        });
  };
  auto sent = find(next_);
  if (sent == events_.end()) sent = find(0);
  if (sent == events_.end()) return {};
  next_ = static_cast<size_t>(sent - events_.begin()) + 1;
  return read_replies();
}

std::vector<Reply> Transcript::after_close() {
  while (next_ < events_.size() && events_[next_].who == Event::Who::other) ++next_;
  if (next_ == events_.size() || events_[next_].who != Event::Who::closed_early) return {};
  ++next_;
  return read_replies();
}

std::vector<Reply> Transcript::read_replies() {
  ReplyParser parser;
  for (; next_ < events_.size(); ++next_) {
    const Event& event = events_[next_];
    if (event.who == Event::Who::client || event.who == Event::Who::closed_early) break;
    if (event.who == Event::Who::server) REQUIRE(parser.feed(event.text));
  }
  std::vector<Reply> replies;
  while (auto reply = parser.next()) replies.push_back(*reply);
  CHECK_FALSE(parser.has_buffered());
  return replies;
}

}  // namespace ftpull::ftp::golden
