// Errors are values: every function that can fail returns a Result<T>.
//
// An Error says what happened in one sentence that names its subject (file, host, option), repeats
// the server's own words, and says what to do next. All text is cleaned: it holds no control
// characters and no credentials, so that it can go to a terminal or a log as it is.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace ftpull {

enum class ErrorKind {
  usage,        // the call was wrong: option, URL, conflicting output
  some_failed,  // some of several files failed; each was reported by itself
  network,      // resolve, connect, time-out, closed; also "gave up retrying"
  protocol,     // the server said something that FTP does not allow here
  busy,         // the server's limit on connections, users or load (421, 530 "too many")
  login,        // user name or password refused
  not_found,    // no such file, or no permission to read it
  disk,         // local disk: full, read-only, I/O error, locked by another process
  no_restart,   // the server cannot start at an offset (REST refused or not honoured)
  changed,      // the remote file changed while it was fetched, or since
  corrupt,      // content does not match: checksum, or more or fewer bytes than announced
  tls,          // certificate or TLS protocol
  interrupted,  // stopped by the user; resumable
};

struct Error {
  ErrorKind kind = ErrorKind::network;
  std::string message;  // what happened, without a full stop at the end
  std::string reply;    // the server's words, empty when it said nothing
  std::string hint;     // what to do next, empty when there is nothing to say
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Shorthand for returning an error: `return fail(ErrorKind::disk, "...")`.
tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string reply = {},
                           std::string hint = {});

/// The name that stands in JSON and metrics, e.g. "not_found".
std::string_view error_kind_name(ErrorKind kind);

/// The process exit code for an error of this kind (the table in the README).
int exit_code(ErrorKind kind);

/// message, then the server's words in quotes, then the hint: one line for a person.
std::string describe(const Error& error);

}  // namespace ftpull
