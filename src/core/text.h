// Small text helpers. Everything that came from a server or a file name passes for_display() before
// a person sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ftpull {

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);  // ASCII only
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool contains_ignoring_case(std::string_view text, std::string_view part);

/// The whole of `text` as a decimal number; nothing else is accepted, no sign, no overflow.
std::optional<uint64_t> parse_decimal(std::string_view text);

/// The length of the well-formed UTF-8 sequence that `text` begins with (RFC 3629), which must not
/// be empty, and its code point; 0 when there is none.
size_t utf8_length(std::string_view text, uint32_t& code_point);

/// Control characters (C0, DEL, C1 as UTF-8), bytes that are not UTF-8 and Unicode's direction
/// overrides become \xNN; valid UTF-8 stays. Longer than `max_bytes`: cut, with "..." at the end.
std::string for_display(std::string_view text, size_t max_bytes = 500);

/// Cut in the middle to at most `width` bytes of a cleaned text: "a-very-l...name.gz".
std::string shorten_middle(std::string_view text, size_t width);

}  // namespace ftpull
