// How an item of a folder is written in the answers to LIST, NLST, MLSD and MLST. Times are UTC.
#pragma once

#include <ctime>
#include <string>

#include "node.h"

namespace ftpull::test_server {

/// As `ls -l` does it: with the hour when younger than half a year before `now`, else the year.
std::string list_line(const Node& node, std::time_t now);
std::string name_line(const Node& node);
std::string fact_line(const Node& node);

/// "type=file;size=5;modify=20240102030405;" (RFC 3659 section 7).
std::string facts(const Node& node);

/// YYYYMMDDHHMMSS (RFC 3659 section 2.3).
std::string time_value(std::time_t time);

}  // namespace ftpull::test_server
