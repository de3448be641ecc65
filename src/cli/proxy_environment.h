// What the environment says of proxies, for programs in general: read as curl reads it for FTP.
#pragma once

#include <functional>
#include <string>

namespace ftpull::cli {

/// A variable's value; null when it is not set.
using Environment = std::function<const char*(const char* name)>;

/// The first of ftp_proxy, FTP_PROXY, all_proxy and ALL_PROXY that is not empty; else empty.
std::string proxy_of(const Environment& environment);

/// no_proxy, or else NO_PROXY.
std::string no_proxy_of(const Environment& environment);

}  // namespace ftpull::cli
