// Who logs in with which password.
#pragma once

#include <span>

#include "ftpull/error.h"
#include "ftpull/fetch.h"

#include "cli/console.h"
#include "cli/options.h"
#include "cli/url_list.h"

namespace ftpull::cli {

/// Gives the one password that can be given apart from a URL to the user that it belongs to:
/// --user, or else the first that a URL names without a password. Nobody else gets it: a URL that
/// names another user without a password is refused, and so is one for whom there is none at all.
/// It is put into `fetch` for --user, into the URLs of `downloads` for a user that these name.
/// Fails with usage, or interrupted while it is asked for.
Status add_password(const Options& options, FetchOptions& fetch, std::span<Download> downloads,
                    Console& console);

}  // namespace ftpull::cli
