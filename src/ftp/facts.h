// What single commands tell of a file: SIZE and MDTM (RFC 3659), and PWD (RFC 959).
//
// Where servers differ from the RFC, an answer is either read or "not known", never guessed: a
// wrong size or time costs more than a missing one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ftp/reply.h"

namespace ftpull::ftp {

/// The size in bytes of a positive answer to SIZE: its last run of digits ("213 file: 213, Size
/// =51", QUIRKS G4), up to 2^63 - 1 (G8). Any 2xx code counts (G7) but 226, which is the late end
/// of a transfer (A12). Empty also when the digits are a part of something else: "-1", "1.5",
/// "1,234", "12K". Some servers say 0 for what they cannot tell (G5).
std::optional<uint64_t> parse_size(const Reply& reply);

struct Mdtm {
  std::string raw;  // the digits as sent, with their fraction if any, at most 25 bytes. Only
                    // ever compared as a whole: it may be local time (QUIRKS G12)
  int64_t unix_seconds = 0;  // taken as UTC, the fraction cut (G9)
};

/// "213 YYYYMMDDHHMMSS[.fraction]", and the year-2000 fault "213 19103MMDD..." for 2003 (QUIRKS
/// G10). A date that does not exist, or a shorter one, is empty and not put right (G11). Years 1900
/// to 9999.
std::optional<Mdtm> parse_mdtm(const Reply& reply);

/// The folder in a 257: within quotes, a doubled quote being one (RFC 959 appendix II), whatever
/// text stands before; or without quotes a word that begins with '/'. Empty, which means "not
/// known" and is no error: no such path, an unclosed quote, an empty path, control characters in it
/// (QUIRKS B15).
std::optional<std::string> parse_pwd(const Reply& reply);

/// "MDTM 20200101000000 name" sets the time on some servers: a name of that form must not be asked
/// for (QUIRKS G14).
bool reads_as_a_time(const std::string& path);

}  // namespace ftpull::ftp
