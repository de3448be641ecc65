#include "ftp/passive.h"

#include <string_view>

#include "core/text.h"

namespace ftpull::ftp {
namespace {

constexpr int kPasvCode = 227;
constexpr int kEpsvCode = 229;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_punctuation(char c) {
  const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return c > ' ' && c < '\x7f' && !letter && !is_digit(c);
}

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

/// The field before the next `delimiter`, which is removed from `text` with it.
std::optional<std::string_view> take_field(std::string_view& text, char delimiter) {
  const size_t end = text.find(delimiter);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(end + 1);
  return field;
}

/// `text` begins after a '('.
std::optional<uint16_t> port_in_group(std::string_view text) {
  text = skip_blanks(text);
  if (text.empty() || !is_punctuation(text.front())) return std::nullopt;
  const char delimiter = text.front();
  text.remove_prefix(1);
  const auto protocol = take_field(text, delimiter);
  const auto address = take_field(text, delimiter);
  const auto port = take_field(text, delimiter);
  if (!protocol || !address || !port) return std::nullopt;
  const auto number = parse_decimal(trim(*port));
  if (!number || *number == 0 || *number > UINT16_MAX) return std::nullopt;
  return static_cast<uint16_t>(*number);
}

/// A number up to 255 at the start of `text`, removed from it with the blanks around it.
std::optional<uint8_t> take_byte(std::string_view& text) {
  text = skip_blanks(text);
  size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  const auto number = parse_decimal(text.substr(0, length));
  if (!number || *number > UINT8_MAX) return std::nullopt;
  text = skip_blanks(text.substr(length));
  return static_cast<uint8_t>(*number);
}

/// Six numbers at the start of `text`.
std::optional<PasvAddress> address_at_start(std::string_view text) {
  std::array<uint8_t, 6> numbers{};
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) {
      if (text.empty() || text.front() != ',') return std::nullopt;
      text.remove_prefix(1);
    }
    const auto number = take_byte(text);
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }
  const auto port = static_cast<uint16_t>(numbers[4] << 8 | numbers[5]);
  if (port == 0) return std::nullopt;
  return PasvAddress{{numbers[0], numbers[1], numbers[2], numbers[3]}, port};
}

}  // namespace

std::optional<uint16_t> parse_epsv(const Reply& reply) {
  if (reply.code != kEpsvCode) return std::nullopt;
  for (const std::string_view line : reply.lines) {
    for (size_t at = line.find('('); at != std::string_view::npos; at = line.find('(', at + 1)) {
      if (const auto port = port_in_group(line.substr(at + 1))) return port;
    }
  }
  return std::nullopt;
}

std::optional<PasvAddress> parse_pasv(const Reply& reply) {
  if (reply.code != kPasvCode) return std::nullopt;
  for (const std::string_view line : reply.lines) {
    for (size_t at = 0; at < line.size(); ++at) {
      const bool starts_number = is_digit(line[at]) && (at == 0 || !is_digit(line[at - 1]));
      if (!starts_number) continue;
      if (const auto address = address_at_start(line.substr(at))) return address;
    }
  }
  return std::nullopt;
}

}  // namespace ftpull::ftp
