// What was found out about a server, as a person reads it.
#pragma once

#include <string>
#include <string_view>

#include "ftpull/list.h"

namespace ftpull::cli {

/// `url`, then a line for each thing that is known, and of FEAT as many as it has. Cleaned.
std::string format_features(std::string_view url, const ServerFeatures& server);

}  // namespace ftpull::cli
