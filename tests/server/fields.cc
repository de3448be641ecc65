#include "fields.h"

#include <fmt/format.h>

#include "latin1.h"

namespace ftpull::test_server {

Fields::Fields(const nlohmann::json& object) : object_(object) {
  if (!object.is_object()) wrong_ = "an object is wanted, not " + object.dump();
}

const nlohmann::json* Fields::find(const char* key) {
  known_.insert(key);
  if (!object_.is_object()) return nullptr;
  auto it = object_.find(key);
  return it == object_.end() ? nullptr : &*it;
}

void Fields::wrong(const std::string& key, const char* wanted) {
  if (wrong_.empty()) wrong_ = fmt::format("\"{}\" must be {}", key, wanted);
}

bool Fields::to_bytes(const char* key, const nlohmann::json& from, std::string& value) {
  auto bytes = from.is_string() ? latin1_to_bytes(from.get<std::string>())
                                : fail(ErrorKind::usage, "not a text");
  if (!bytes) {
    wrong(key, "text of the characters U+0000 to U+00FF");
    return false;
  }
  value = std::move(*bytes);
  return true;
}

void Fields::text(const char* key, std::string& value) {
  if (const auto* found = find(key)) to_bytes(key, *found, value);
}

void Fields::line(const char* key, std::optional<std::string>& value) {
  const auto* found = find(key);
  std::string bytes;
  if (found == nullptr || !to_bytes(key, *found, bytes)) return;
  if (!bytes.empty() && bytes.back() != '\n') bytes += "\r\n";
  value = std::move(bytes);
}

void Fields::lines(const char* key, std::optional<std::string>& value) {
  std::vector<std::string> all;
  texts(key, all);
  if (find(key) == nullptr) return;
  value.emplace();
  for (const std::string& one : all) *value += " " + one + "\r\n";
}

void Fields::number(const char* key, uint64_t& value) {
  const auto* found = find(key);
  if (found == nullptr) return;
  if (found->is_number_unsigned()) {
    value = found->get<uint64_t>();
  } else {
    wrong(key, "a whole number from 0");
  }
}

void Fields::number(const char* key, std::optional<uint64_t>& value) {
  if (find(key) == nullptr) return;
  uint64_t plain = 0;
  number(key, plain);
  value = plain;
}

void Fields::signed_number(const char* key, int64_t& value) {
  const auto* found = find(key);
  if (found == nullptr) return;
  if (found->is_number_integer()) {
    value = found->get<int64_t>();
  } else {
    wrong(key, "a whole number");
  }
}

void Fields::flag(const char* key, bool& value) {
  const auto* found = find(key);
  if (found == nullptr) return;
  if (found->is_boolean()) {
    value = found->get<bool>();
  } else {
    wrong(key, "true or false");
  }
}

void Fields::flag(const char* key, std::optional<bool>& value) {
  if (find(key) == nullptr) return;
  bool plain = false;
  flag(key, plain);
  value = plain;
}

void Fields::interval(const char* key, Interval& value) {
  const auto* found = find(key);
  if (found == nullptr) return;
  if (found->is_number_unsigned()) {
    value.first = value.last = found->get<uint64_t>();
    return;
  }
  bool good = found->is_array() && found->size() == 2 && (*found)[0].is_number_unsigned() &&
              ((*found)[1].is_number_unsigned() || (*found)[1].is_null());
  if (!good) return wrong(key, "a number or [first, last], last may be null");
  value.first = (*found)[0].get<uint64_t>();
  if (!(*found)[1].is_null()) value.last = (*found)[1].get<uint64_t>();
}

void Fields::closing(const char* key, Closing& value) {
  const auto* found = find(key);
  if (found == nullptr) return;
  if (*found == "fin") {
    value = Closing::fin;
  } else if (*found == "rst") {
    value = Closing::rst;
  } else {
    wrong(key, "\"fin\" or \"rst\"");
  }
}

void Fields::texts(const char* key, std::vector<std::string>& values) {
  const auto* found = find(key);
  if (found == nullptr) return;
  const nlohmann::json list = found->is_array() ? *found : nlohmann::json::array({*found});
  for (const auto& item : list) {
    std::string one;
    if (to_bytes(key, item, one)) values.push_back(std::move(one));
  }
}

void Fields::optional_texts(const char* key, std::optional<std::vector<std::string>>& values) {
  if (find(key) == nullptr) return;
  values.emplace();
  texts(key, *values);
}

Status Fields::finish() const {
  std::string problem = wrong_;
  if (problem.empty()) {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) problem = fmt::format("unknown key \"{}\"", key);
    }
  }
  if (problem.empty()) return {};
  return fail(ErrorKind::usage, "script: " + problem);
}

}  // namespace ftpull::test_server
