// What a call on a socket has failed with.
#pragma once

#include <string_view>

#include "ftpull/error.h"

namespace ftpull::net {

/// This process, or the machine, has no room for one more socket: it is not the server's fault, and
/// fewer connections help.
bool is_want_of_room(int code);

/// "`what`: Connection refused", of kind network; for want of room of kind busy, and with a hint.
Error socket_error(std::string_view what, int code);

}  // namespace ftpull::net
