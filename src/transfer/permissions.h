// The permissions in a listing, as a number.
#pragma once

#include <optional>
#include <string_view>

namespace ftpull::transfer {

/// "-rw-r--r--", "rwxr-xr-x" and "0644" (the fact UNIX.mode). Nine bits: those that give a program
/// its owner's rights, and the sticky one, are never taken from a server. Empty for any other form,
/// as MLSD's fact "perm" has.
std::optional<unsigned> parse_permissions(std::string_view text);

}  // namespace ftpull::transfer
