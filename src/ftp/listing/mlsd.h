// The facts of RFC 3659 section 7: lines of MLSD, and of the answer to MLST.
#pragma once

#include <string_view>

#include "ftp/listing/dialects.h"

namespace ftpull::ftp {

/// Takes "type=file;size=5;modify=20030405060708;", all that stands before the blank and the name,
/// into `entry`; facts that are not of use are passed over, those without a value too. Names and
/// types of facts may be in any case, the last ';' may be missing where a fact is known (L14).
///
/// `own_folder` for cdir and pdir. `unknown` without any fact, or when a size, a time or a type
/// cannot be read: it is then not a line of facts, or one of which nothing is to be believed.
Verdict parse_facts(std::string_view facts, Entry& entry);

}  // namespace ftpull::ftp
