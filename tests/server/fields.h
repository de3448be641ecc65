// Reads a JSON object into a struct and refuses what it does not know: a misspelt key in a script
// must not pass as a server that behaves well.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "ftpull/error.h"

#include "behaviour.h"

namespace ftpull::test_server {

/// A number "3" or an interval "[2, 5]", "[2, null]", both ends included.
struct Interval {
  uint64_t first = 0;
  uint64_t last = std::numeric_limits<uint64_t>::max();

  bool contains(uint64_t number) const { return number >= first && number <= last; }
};

/// Every reading function leaves the value alone when the key is absent. The first thing that is
/// wrong is kept for finish().
class Fields {
 public:
  explicit Fields(const nlohmann::json& object);

  void text(const char* key, std::string& value);
  /// A line for the control connection: CR LF is added unless it ends in LF or is empty.
  void line(const char* key, std::optional<std::string>& value);
  void lines(const char* key, std::optional<std::string>& value);
  void number(const char* key, uint64_t& value);
  void number(const char* key, std::optional<uint64_t>& value);
  void signed_number(const char* key, int64_t& value);
  void flag(const char* key, bool& value);
  void flag(const char* key, std::optional<bool>& value);
  void interval(const char* key, Interval& value);
  void closing(const char* key, Closing& value);
  /// One text, or a list of them.
  void texts(const char* key, std::vector<std::string>& values);
  void optional_texts(const char* key, std::optional<std::vector<std::string>>& values);
  /// Says that somebody else reads this key.
  void known(const char* key) { known_.insert(key); }

  Status finish() const;

 private:
  const nlohmann::json* find(const char* key);
  bool to_bytes(const char* key, const nlohmann::json& from, std::string& value);
  void wrong(const std::string& key, const char* wanted);

  const nlohmann::json& object_;
  std::set<std::string> known_;
  std::string wrong_;
};

}  // namespace ftpull::test_server
