// Every option, once: the parser, --help, the suggestions and the error messages are all made from
// this table. A new option is one line here and one member in Options.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/options.h"

namespace ftpull::cli {

/// Commands as bits, to say which ones an option is for.
inline constexpr unsigned kGet = 1;
inline constexpr unsigned kStatus = 2;
inline constexpr unsigned kVerify = 4;
inline constexpr unsigned kRepair = 8;  // verify when it has --repair, which is when it connects
inline constexpr unsigned kLs = 16;
inline constexpr unsigned kMirror = 32;
inline constexpr unsigned kFetching = kGet | kRepair | kMirror;
inline constexpr unsigned kConnecting = kFetching | kLs;
inline constexpr unsigned kAllCommands = kGet | kStatus | kVerify | kLs | kMirror;

struct OptionSpec {
  char letter;                // '\0': none
  std::string_view name;      // without the two dashes
  std::string_view argument;  // what --help calls its value; empty: it takes none
  std::string_view values;    // what is accepted, as in "takes ..."; empty: anything
  std::string_view standard;  // the value without the option; empty: nothing to say
  std::string_view group;     // its headline in --help
  unsigned commands;
  std::string_view description;
  /// False when the value is not one of `values`.
  bool (*apply)(Options& options, const std::string& value);
  bool may_repeat = false;
};

/// Options of one group stand together.
std::span<const OptionSpec> option_table();

/// By "--name", "-l" or the bare name; null when there is none.
const OptionSpec* find_option(std::string_view typed);

}  // namespace ftpull::cli
