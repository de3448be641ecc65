#include "cli/proxy_environment.h"

#include <initializer_list>

namespace ftpull::cli {
namespace {

std::string first_of(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    const char* const value = environment(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

}  // namespace

std::string proxy_of(const Environment& environment) {
  return first_of(environment, {"ftp_proxy", "FTP_PROXY", "all_proxy", "ALL_PROXY"});
}

std::string no_proxy_of(const Environment& environment) {
  return first_of(environment, {"no_proxy", "NO_PROXY"});
}

}  // namespace ftpull::cli
