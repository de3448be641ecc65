// Passwords: where they come from, and keeping them out of process lists and messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ftpull/error.h"

#include "cli/console.h"
#include "cli/options.h"

namespace ftpull::cli {

/// Overwrites the password of a URL in place with "***": `word` is an entry of main()'s argv, whose
/// memory is what a process list shows. Anything else stays as it is. The URL of a proxy may lack
/// its scheme: it is told by --proxy, in the word itself or as the one `before` it.
void wipe_password(char* word, std::string_view before = {});

/// The same for a copy: what may be repeated in a message.
std::string hide_password(std::string_view text);

/// The password of `user`: the first line of --password-file, else the environment's
/// FTPULL_PASSWORD, else asked for when standard input is a terminal, else none.
Result<std::optional<std::string>> find_password(const Options& options, const std::string& user,
                                                 Console& console);

/// Reads a line from the terminal `fd` with its echo off; the echo comes back whatever happens.
/// Fails with interrupted when Ctrl-C is typed.
Result<std::string> ask_password(int fd, std::string_view user, Console& console);

}  // namespace ftpull::cli
