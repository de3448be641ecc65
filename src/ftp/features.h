// What a server says it can do (FEAT, RFC 2389).
#pragma once

#include <string>
#include <vector>

#include "ftp/reply.h"

namespace ftpull::ftp {

/// A feature that is listed is worth using, except RANG's end (QUIRKS F15). One that is not listed
/// may be there all the same: servers leave out SIZE, MDTM, REST and EPSV (B10). So false means
/// "not said, try anyway" for those four, and "do not use" only for rang_stream, mode_z, pret and
/// hash.
struct Features {
  bool listed = false;  // FEAT was answered with a list at all
  bool size = false;
  bool mdtm = false;
  bool rest_stream = false;
  bool mlst = false;  // and MLSD
  bool utf8 = false;
  bool clnt = false;  // some of these servers want CLNT before OPTS UTF8 ON (B11)
  bool epsv = false;
  bool rang_stream = false;
  bool auth_tls = false;
  bool mode_z = false;
  bool pret = false;               // must precede PASV and EPSV (H15)
  std::vector<std::string> lines;  // of the list, as they came, without what is before a name
  std::vector<std::string>
      hash;  // algorithms of HASH, e.g. "SHA-256"; without the '*' of the default

  /// From any answer to FEAT; a refusal gives what no answer gives. Names count in any case, with
  /// the leading blank of RFC 2389 or with "211-" (A16).
  static Features parse(const Reply& feat_reply);
};

}  // namespace ftpull::ftp
