// What a refusal means, told from its code, the command it answers and, where the code is
// ambiguous, its text: "530" is a wrong password on one server and a full house on the next
// (QUIRKS B6, C3).
#pragma once

#include <optional>
#include <string_view>

#include "ftp/reply.h"

namespace ftpull::ftp {

enum class Refusal {
  limit,            // too many connections, users, transfers or load: fewer, and later (C1-C10, O4)
  transient,        // the same again later
  login,            // user name, password or account refused, or not logged in
  not_found,        // no such file; also what servers say of any file they do not give (O1)
  denied,           // the file or command is not for this user
  not_a_file,       // a folder or device (O5)
  unsupported,      // the command is not known, or not in this mode: use another way
  restart_refused,  // no start at this offset: REST not known, or the offset is past the end of a
                    // file that has changed (F2, F5, F6, F8)
  tls_required,     // not without TLS, or not with this TLS session (I1, I3, I11)
  permanent,        // anything else
};

enum class CommandKind {
  greeting,
  user,
  pass,
  acct,
  epsv,
  pasv,
  eprt,
  port,
  rest,
  retr,
  size,
  mdtm,
  list,  // MLSD, LIST, and CWD into what is to be listed
  other
};

/// `reply` is any answer that the command did not hope for. One outside 4xx and 5xx is
/// `unsupported` to EPSV, PASV, EPRT, PORT, SIZE and MDTM (QUIRKS H6) and `permanent` elsewhere.
/// `name` is the path that was sent, if any: servers repeat it, and a file may be called "too many
/// restarts". After a 421 of any meaning the connection is gone (A14).
///
/// An anonymous "530 Login incorrect" may mean a full server too (B6): `login` nevertheless.
Refusal classify_refusal(CommandKind command, const Reply& reply, std::string_view name = {});

/// Does this answer to LIST or MLSD of `path` mean a folder with nothing in it? Some servers say so
/// with 450 or 550 in place of an empty listing (QUIRKS E10, O6). Only these texts tell it from a
/// folder that is missing. A part of the text that is `path` does not count.
bool means_empty_listing(const Reply& reply, std::string_view path = {});

/// "pub/data", for messages; "the login folder" for the empty path.
std::string shown_folder(std::string_view path);

/// The cap that a text of `limit` names, 1 to 1000: "maximum number of clients (3)", "Too many
/// connections (4) from this IP", "25 users (the maximum)". Empty when it names none, or the reply
/// is not about a limit. Numbers that are times, addresses or parts of names do not count.
std::optional<int> limit_in_text(const Reply& reply, std::string_view name = {});

}  // namespace ftpull::ftp
