// Where the server listens for a data connection: the answers to EPSV and PASV.
//
// Only the port is used: the data connection always goes to the peer of the control connection.
// The address in a 227 may be private, 0.0.0.0 or a third party's (QUIRKS H2, H4), and to follow it
// would let a server point the client at any host.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "ftp/reply.h"

namespace ftpull::ftp {

/// "229 text (|||port|)" (RFC 2428): the delimiter is any punctuation character after a '('
/// (QUIRKS H5). What stands in the first two fields, blanks, and a missing ')' do not matter.
/// Empty: another code, no such group, or a port outside 1-65535; then try PASV.
std::optional<uint16_t> parse_epsv(const Reply& reply);

struct PasvAddress {
  std::array<uint8_t, 4> host{};  // as sent, for messages only
  uint16_t port = 0;
};

/// The first six comma-separated numbers up to 255 of a 227, parentheses or not (RFC 1123 section
/// 4.1.2.6, QUIRKS H1). Empty: another code, no such numbers, or port 0.
std::optional<PasvAddress> parse_pasv(const Reply& reply);

}  // namespace ftpull::ftp
