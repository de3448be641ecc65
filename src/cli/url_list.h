// What is to be fetched and where each file goes: the URLs of the command line and of --input-file,
// each with its local target.
//
// Refuses, with kind usage and before anything is fetched: what is no URL, folders, ftps (there is
// no TLS yet, and a password must not go out in the clear unasked), names that cannot be a local
// file's, two files for one target.
#pragma once

#include <filesystem>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/error.h"

#include "cli/engine.h"
#include "cli/options.h"

namespace ftpull::cli {

struct Download {
  Source source;
  std::filesystem::path target;
};

/// A URL as typed, and where, for messages: "" or "urls.txt line 3: ".
struct ListedUrl {
  std::string text;
  std::string place;
};

/// Refuses what is no URL, and ftps. A folder's URL need not end with a slash.
Result<Source> parse_folder_url(std::string_view text, const Engine& engine);

/// Refuses a folder too.
Result<Source> parse_file_url(std::string_view text, const Engine& engine);

/// A URL a line; blank lines and those that begin with '#' are skipped. `name` is what messages
/// call the list.
Result<std::vector<ListedUrl>> read_url_list(std::istream& in, const std::string& name);

/// `in` is read when --input-file is "-".
Result<std::vector<Download>> plan_downloads(const Options& options, const Engine& engine,
                                             std::istream& in);

/// Makes a local folder, and those above it, unless they are there. Fails with disk; `hint` is how
/// to name another one.
Status prepare_folder(const std::filesystem::path& folder,
                      std::string_view hint = "Name another one with -d DIR");

/// A name of one component that a local file or folder can have.
bool can_be_local_name(std::string_view name, size_t longest);

}  // namespace ftpull::cli
