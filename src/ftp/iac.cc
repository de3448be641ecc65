#include "ftp/iac.h"

namespace ftpull::ftp {
namespace {

constexpr char kIac = '\xFF';

/// WILL, WONT, DO and DONT have an option after them (RFC 854).
bool takes_option(char command) {
  constexpr unsigned char kWill = 0xFB;
  constexpr unsigned char kDont = 0xFE;
  const auto code = static_cast<unsigned char>(command);
  return code >= kWill && code <= kDont;
}

}  // namespace

std::string with_iac(std::string_view name, Iac iac) {
  std::string wire;
  for (const char c : name) {
    if (c == kIac && iac == Iac::doubled) wire += c;
    wire += c;
  }
  return wire;
}

bool has_lone_iac(std::string_view name) {
  return name.find(kIac) != name.npos && name.find("\xFF\xFF") == name.npos;
}

std::string as_telnet_reads(std::string_view name) {
  std::string read;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != kIac) {
      read += name[i];
      continue;
    }
    ++i;
    if (i < name.size() && takes_option(name[i])) ++i;
  }
  return read;
}

}  // namespace ftpull::ftp
