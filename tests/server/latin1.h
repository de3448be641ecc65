// Bytes in JSON: one code point stands for one byte (U+0000 to U+00FF), in scripts and in the log,
// so that a test can send and see any byte.
#pragma once

#include <string>
#include <string_view>

#include "ftpull/error.h"

namespace ftpull::test_server {

/// Fails with usage when the text holds a code point above U+00FF.
Result<std::string> latin1_to_bytes(std::string_view utf8);

std::string bytes_to_latin1(std::string_view bytes);

}  // namespace ftpull::test_server
