// What a conversation asks its session to do. A conversation never does anything itself: replies
// and events go in, actions come out, in the order in which they are to be carried out. So each one
// is tested as a text script, with no socket and no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ftpull/error.h"

#include "ftp/iac.h"

namespace ftpull::ftp {

/// Send one command line; the session adds CR LF.
struct Send {
  std::string line;
  bool secret = false;  // the argument must not be logged
};

/// Connect the data connection to this port of the control connection's peer. The address that a
/// 227 names is never dialled (FTP bounce, QUIRKS H2).
struct OpenData {
  uint16_t port = 0;
  /// The port came from EPSV, which some firewalls let hang: do not wait long (QUIRKS H7).
  bool impatient = false;
};

/// Drop the data connection, if there is one.
struct CloseData {};

/// The conversation has ended well.
struct Finish {};

/// The conversation has ended without success. Whether the session is usable after it is told by
/// `session_lost`.
struct Fail {
  Error error;
  bool session_lost = false;
};

using Action = std::variant<Send, OpenData, CloseData, Finish, Fail>;
using Actions = std::vector<Action>;

/// One command line from a verb and an argument. Arguments are bytes without CR, LF and NUL: those
/// are refused when URLs and listings are read (QUIRKS L1), so that nothing can be injected here.
std::string command(std::string_view verb, std::string_view argument, Iac iac = Iac::doubled);

}  // namespace ftpull::ftp
