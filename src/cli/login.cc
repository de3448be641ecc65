#include "cli/login.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/password.h"
#include "core/text.h"

namespace ftpull::cli {
namespace {

bool needs_password(const Source& source) {
  // These two log in with whatever there is, an e-mail address by custom.
  const std::optional<std::string>& user = source.url.user;
  return user && !source.url.password && *user != "anonymous" && *user != "ftp";
}

}  // namespace

Status add_password(const Options& options, FetchOptions& fetch, std::span<Download> downloads,
                    Console& console) {
  const auto lacks_it = [](const Download& d) { return needs_password(d.source); };
  const auto first = std::find_if(downloads.begin(), downloads.end(), lacks_it);
  const bool by_option = !fetch.user.empty();
  const bool for_option =
      by_option && std::any_of(downloads.begin(), downloads.end(),
                               [](const Download& d) { return !d.source.url.user; });
  if (!for_option && first == downloads.end()) {
    if (!options.password_file) return {};
    return fail(ErrorKind::usage, "--password-file has a password but nobody needs one", {},
                "Name the user with --user NAME or as ftp://NAME@host/path");
  }
  const std::string user = by_option ? fetch.user : *first->source.url.user;
  for (const Download& download : downloads) {
    const Source& source = download.source;
    if (!needs_password(source) || source.url.user == user) continue;
    return fail(ErrorKind::usage, fmt::format("{}: there is no password for it", source.shown), {},
                fmt::format("The one that is asked for is that of {}: fetch this URL by itself",
                            for_display(user)));
  }
  const auto password = find_password(options, user, console);
  if (!password) return tl::make_unexpected(password.error());
  if (!*password) {
    return fail(ErrorKind::usage,
                fmt::format("there is no password for {} {}", by_option ? "--user" : "the user",
                            for_display(user)),
                {}, "Use --password-file FILE, or set FTPULL_PASSWORD");
  }
  if (for_option) fetch.password = **password;
  for (Download& download : downloads) {
    if (needs_password(download.source)) download.source.url.password = **password;
  }
  return {};
}

}  // namespace ftpull::cli
