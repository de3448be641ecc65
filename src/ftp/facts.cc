#include "ftp/facts.h"

#include <algorithm>
#include <string_view>

#include "core/text.h"
#include "ftp/timestamp.h"

namespace ftpull::ftp {
namespace {

constexpr int kPwdCode = 257;
constexpr int kTransferDoneCode = 226;
constexpr size_t kMdtmDigits = 14;
constexpr size_t kMaxFractionDigits = 10;  // with the point
constexpr std::string_view kDigits = "0123456789";

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool answers_a_question(const Reply& reply) {
  return reply.is_success() && reply.code != kTransferDoneCode;
}

/// The last run of digits of `line`, if it is a number by itself.
std::optional<uint64_t> last_number(std::string_view line) {
  const size_t last = line.find_last_of(kDigits);
  if (last == std::string_view::npos) return std::nullopt;
  const size_t before = line.find_last_not_of(kDigits, last);
  const size_t first = before == std::string_view::npos ? 0 : before + 1;
  constexpr std::string_view kJoining = "-+.,'_";
  if (first > 0 && (is_letter(line[before]) || kJoining.find(line[before]) != kJoining.npos)) {
    return std::nullopt;
  }
  if (last + 1 < line.size() && is_letter(line[last + 1])) return std::nullopt;
  return parse_decimal(line.substr(first, last + 1 - first));
}

size_t digits_at(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(kDigits, at), text.size()) - at;
}

size_t fraction_at(std::string_view text, size_t at) {
  if (at >= text.size() || text[at] != '.') return 0;
  const size_t digits = digits_at(text, at + 1);
  return digits == 0 ? 0 : std::min(1 + digits, kMaxFractionDigits);
}

/// The text from after an opening quote to its closing one.
std::optional<std::string> unquote(std::string_view text) {
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') {
      path += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '"') {
      path += text[i++];
    } else {
      return path;
    }
  }
  return std::nullopt;
}

std::optional<std::string> path_in(std::string_view line) {
  const size_t quote = line.find('"');
  if (quote != std::string_view::npos) return unquote(line.substr(quote + 1));
  line = trim(line);
  if (!line.starts_with('/')) return std::nullopt;
  return std::string(line.substr(0, line.find(' ')));
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

}  // namespace

std::optional<uint64_t> parse_size(const Reply& reply) {
  if (!answers_a_question(reply)) return std::nullopt;
  const auto line = std::find_if(reply.lines.rbegin(), reply.lines.rend(), [](const auto& text) {
    return text.find_first_of(kDigits) != std::string::npos;
  });
  if (line == reply.lines.rend()) return std::nullopt;
  const auto size = last_number(*line);
  if (!size || *size > INT64_MAX) return std::nullopt;
  return size;
}

std::optional<Mdtm> parse_mdtm(const Reply& reply) {
  if (!answers_a_question(reply) || reply.lines.empty()) return std::nullopt;
  const std::string_view line = reply.lines.back();
  size_t at = 0;
  while ((at = line.find_first_of(kDigits, at)) != std::string_view::npos) {
    const size_t length = digits_at(line, at);
    if (length >= kMdtmDigits) {
      const auto seconds = parse_time_val(line.substr(at, length));
      if (!seconds) return std::nullopt;
      const size_t fraction = fraction_at(line, at + length);
      return Mdtm{std::string(line.substr(at, length + fraction)), *seconds};
    }
    at += length;
  }
  return std::nullopt;
}

std::optional<std::string> parse_pwd(const Reply& reply) {
  if (reply.code != kPwdCode) return std::nullopt;
  for (const std::string_view line : reply.lines) {
    const auto path = path_in(line);
    if (path && !path->empty() && !has_control(*path)) return path;
  }
  return std::nullopt;
}

bool reads_as_a_time(const std::string& path) {
  constexpr size_t kStampDigits = 14;
  return path.size() > kStampDigits && path[kStampDigits] == ' ' &&
         std::all_of(path.begin(), path.begin() + kStampDigits,
                     [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace ftpull::ftp
