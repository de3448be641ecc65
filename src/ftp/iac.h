// The byte 0xFF in names (QUIRKS L2). On a control connection it is Telnet's IAC, "interpret as
// command", which a client is to double (RFC 854). Some servers undo that, others take every byte
// as it is, and none says which: SIZE with each form tells. In Windows-1251 it is a letter of many
// Russian words.
//
//   inetutils-ftpd 2.4             doubled; a single one is taken away with the byte after it
//   ProFTPD 1.3.8                  both, but that it takes FF FB to FF FE for Telnet
//   vsftpd 3.0.3, Pure-FTPd 1.0.50 single; a doubled one is two bytes of the name
//
// More servers take the single form, but doubled is the one to begin with: where it is wrong there
// is no such file, while a single one may name another file.
#pragma once

#include <string>
#include <string_view>

namespace ftpull::ftp {

/// How 0xFF stands on the wire.
enum class Iac { doubled, single };

/// `name` as it stands on the wire.
std::string with_iac(std::string_view name, Iac iac);

/// Is there an 0xFF in it, and can the single form be told from the doubled one of another name?
bool has_lone_iac(std::string_view name);

/// What a server that reads Telnet makes of a name with single ones.
std::string as_telnet_reads(std::string_view name);

}  // namespace ftpull::ftp
