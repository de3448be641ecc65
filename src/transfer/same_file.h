// Is it still the file that the fetch began with, and what to say when it is not. Pure.
#pragma once

#include "ftpull/fetch.h"

#include "ftp/inspect.h"
#include "store/identity.h"

namespace ftpull::transfer {

/// What is not known this time contradicts nothing: a server may be too busy to answer. A file that
/// the server says it does not have any more is another one. With OnChange::append a longer file is
/// the same one.
bool same_file(const ftp::FileFacts& first, const ftp::FileFacts& now, OnChange on_change);

/// What comes is not what is here, and was to be the same.
Error content_changed();

/// `facts` are those that made the identity `now`.
Error change_error(const store::Identity& then, const store::Identity& now,
                   const ftp::FileFacts& facts);

}  // namespace ftpull::transfer
