// The text of --help: made from the tables of commands and options, 80 columns wide.
#pragma once

#include <string>

namespace ftpull::cli {

std::string help_text();

/// "ftpull 1.2.3".
std::string version_text();

}  // namespace ftpull::cli
