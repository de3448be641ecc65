#include "latin1.h"

namespace ftpull::test_server {

Result<std::string> latin1_to_bytes(std::string_view utf8) {
  std::string bytes;
  for (size_t i = 0; i < utf8.size(); ++i) {
    auto lead = static_cast<unsigned char>(utf8[i]);
    if (lead < 0x80) {
      bytes.push_back(utf8[i]);
    } else if ((lead == 0xC2 || lead == 0xC3) && i + 1 < utf8.size()) {
      auto tail = static_cast<unsigned char>(utf8[++i]);
      bytes.push_back(static_cast<char>((lead & 0x03) << 6 | (tail & 0x3F)));
    } else {
      return fail(ErrorKind::usage, "a script's text may hold U+0000 to U+00FF, one for each byte");
    }
  }
  return bytes;
}

std::string bytes_to_latin1(std::string_view bytes) {
  std::string utf8;
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xC0 | byte >> 6));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return utf8;
}

}  // namespace ftpull::test_server
