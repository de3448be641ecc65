// What was typed on the command line, checked as far as it can be without looking at the disk or
// the network. Every error is of kind usage and says what to type.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ftpull/error.h"
#include "ftpull/fetch.h"

#include "cli/mirror_options.h"

namespace ftpull::cli {

struct CommandSpec;

enum class ProgressMode { automatic, bar, plain, none };

struct Options {
  const CommandSpec* command = nullptr;  // not null, and one that this version can do
  std::vector<std::string> words;        // URLs or paths, after the command
  FetchOptions fetch;                    // its password stays empty here: see password.h
  bool max_connections_given = false;
  std::optional<std::string> input_file;  // "-": standard input
  std::optional<std::string> output;
  std::optional<std::string> directory;
  std::optional<std::string> password_file;
  std::optional<std::string> repair;  // a URL as typed, with its password
  std::optional<std::string> log_file;
  std::optional<std::string> rate_schedule;  // as typed; in `fetch` too
  MirrorArguments mirror;                    // its manifest is that of verify too
  ProgressMode progress = ProgressMode::automatic;
  bool long_listing = false;
  bool recursive = false;
  bool features = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool help = false;
  bool version = false;
};

/// `arguments` are those of main() without the program's name. With --help or --version nothing
/// else is checked and `words` may be anything.
Result<Options> parse_options(std::span<const std::string> arguments);

}  // namespace ftpull::cli
