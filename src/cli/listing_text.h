// A folder of a server as a person reads it. Names are cleaned and never cut.
#pragma once

#include <string>
#include <string_view>

#include "ftpull/entry.h"
#include "ftpull/error.h"
#include "ftpull/list.h"

namespace ftpull::cli {

/// The path of an entry, as in Url.
std::string path_within(std::string_view folder, std::string_view name);

/// What a folder is called above its entries: "pub/sub", "." for the one where the login leads.
std::string shown_folder(std::string_view path);

/// "2026-01-31 12:00", "2026-01-31" where the server gives no time of day. Not converted: of a time
/// that is not UTC it is what the server's wall clock showed.
std::string format_entry_time(const EntryTime& time);

/// The names, a line each, folders with a slash at the end; versions (VMS) as "name;3".
std::string format_names(const ListedFolder& folder);

/// The same after columns for what else is known: permissions as the server wrote them, else "d",
/// "-", "l" or "?"; bytes; time; and " -> target" of links. A column that would be empty is left
/// out.
std::string format_long(const ListedFolder& folder);

/// "pub: 3 lines of its listing cannot be used, there may be more in it; the first of them: "..."",
/// for a folder with unusable lines.
std::string describe_unusable(const ListedFolder& folder);

/// "pub: message; the server said "...". hint" for a folder that could not be listed. `name` is
/// left out where the message has it.
std::string describe_failure(std::string_view name, Error error);

/// The same of one that was named by the server: without the usual hint, which is to look for a
/// mistake in what was typed.
std::string describe_named_failure(std::string_view name, const Error& error);

}  // namespace ftpull::cli
