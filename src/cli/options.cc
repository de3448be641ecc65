// URLs may hold commas, at which cxxopts would split them; no argument can hold a NUL.
#define CXXOPTS_VECTOR_DELIMITER '\0'

#include "cli/options.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <cxxopts.hpp>
#include <fmt/format.h>

#include "cli/command_table.h"
#include "cli/option_table.h"
#include "cli/password.h"
#include "cli/proxy_environment.h"
#include "cli/suggest.h"
#include "core/rate_schedule.h"
#include "core/text.h"

namespace ftpull::cli {
namespace {

// Where cxxopts puts what is no option. Nobody can type it: option names have no blanks.
constexpr const char* kWords = "all the words";
constexpr std::string_view kSeeHelp = "See ftpull --help";

tl::unexpected<Error> usage(std::string message, std::string hint) {
  return fail(ErrorKind::usage, std::move(message), {}, std::move(hint));
}

cxxopts::Options make_parser() {
  cxxopts::Options parser("ftpull");
  parser.allow_unrecognised_options();
  for (const OptionSpec& spec : option_table()) {
    // A flag is a text that may be left out, so that "--json=no" is seen and refused.
    auto value = cxxopts::value<std::string>();
    if (spec.argument.empty()) value->implicit_value("");
    const std::string letter = spec.letter == '\0' ? "" : std::string(1, spec.letter);
    parser.add_option("", letter, std::string(spec.name), "", value, "");
  }
  parser.add_option("", "", std::string(kWords), "", cxxopts::value<std::vector<std::string>>(),
                    "");
  parser.parse_positional(kWords);
  return parser;
}

/// The only thing that the parser itself finds wrong: the last option lacks its value.
tl::unexpected<Error> missing_value(const std::string& last) {
  const bool is_group = last.size() > 2 && last[1] != '-';
  const OptionSpec* const spec = find_option(is_group ? fmt::format("-{}", last.back()) : last);
  if (spec == nullptr) return usage("an option lacks its value", std::string(kSeeHelp));
  return usage(fmt::format("--{} needs a value", spec->name),
               fmt::format("Type --{} {}: {}", spec->name, spec->argument, spec->values));
}

Result<cxxopts::ParseResult> parse_words(std::span<const std::string> arguments) {
  std::vector<const char*> argv{"ftpull"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  try {
    return make_parser().parse(static_cast<int>(argv.size()), argv.data());
  } catch (const cxxopts::exceptions::exception&) {
    return missing_value(arguments.empty() ? "" : arguments.back());
  }
}

tl::unexpected<Error> unknown_option(std::string_view typed) {
  // What follows '=' may be a secret.
  const std::string name = for_display(typed.substr(0, typed.find('=')));
  std::vector<std::string_view> names;
  for (const OptionSpec& spec : option_table()) names.push_back(spec.name);
  const bool is_long = typed.starts_with("--");
  const auto meant = is_long ? nearest(std::string_view(name).substr(2), names) : std::nullopt;
  const std::string message = fmt::format("unknown option {}", name);
  if (meant) return usage(fmt::format("{}; did you mean --{}?", message, *meant), "");
  return usage(message, std::string(kSeeHelp));
}

Status apply(Options& options, const OptionSpec& spec, const std::string& value) {
  if (spec.argument.empty() && !value.empty()) {
    return usage(fmt::format("--{} takes no value", spec.name),
                 fmt::format("Type just --{}", spec.name));
  }
  if (spec.apply(options, value)) return {};
  const std::string standard =
      spec.standard.empty() ? "" : fmt::format(" (default: {})", spec.standard);
  return usage(fmt::format("--{} takes {}{}, not \"{}\"", spec.name, spec.values, standard,
                           for_display(value)),
               std::string(kSeeHelp));
}

Status apply_all(Options& options, const cxxopts::ParseResult& parsed) {
  std::vector<std::string_view> given;
  for (const cxxopts::KeyValue& item : parsed.arguments()) {
    const OptionSpec* const spec = find_option(item.key());
    if (spec == nullptr) continue;
    const bool again = std::find(given.begin(), given.end(), spec->name) != given.end();
    if (again && !spec->argument.empty() && !spec->may_repeat) {
      return usage(fmt::format("--{} is given twice", spec->name), "Leave one of them out");
    }
    given.push_back(spec->name);
    if (Status status = apply(options, *spec, item.value()); !status) return status;
  }
  return {};
}

/// Takes the command off the words.
Status choose_command(Options& options) {
  options.command = &command_table().front();
  if (options.words.empty()) return {};
  const std::string& first = options.words.front();
  if (const CommandSpec* const named = find_command(first)) {
    options.command = named;
    options.words.erase(options.words.begin());
    if (named->run != nullptr) return {};
    return usage(fmt::format("this version cannot do \"ftpull {}\" yet", named->name),
                 std::string(named->instead));
  }
  if (first.find_first_of(":/.@") != std::string::npos) return {};
  std::vector<std::string_view> names;
  for (const CommandSpec& command : command_table()) names.push_back(command.name);
  const auto meant = nearest(first, names);
  return usage(fmt::format("\"{}\" is neither a command nor a URL{}", for_display(first),
                           meant ? fmt::format("; did you mean {}?", *meant) : ""),
               meant ? "" : "A URL looks like ftp://host/path/file");
}

/// "get, verify and ls": the commands that an option is for.
std::string commands_of(const OptionSpec& spec) {
  const unsigned bits = (spec.commands & kRepair) != 0 ? spec.commands | kVerify : spec.commands;
  std::vector<std::string_view> names;
  for (const CommandSpec& command : command_table()) {
    if ((bits & command.bit) != 0) names.push_back(command.name);
  }
  const std::string_view last = names.back();
  names.pop_back();
  if (names.empty()) return std::string(last);
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

Status check_meaning(const Options& options, const OptionSpec& spec) {
  const CommandSpec& command = *options.command;
  const unsigned asked = command.bit | (options.repair ? kRepair : 0);
  if ((spec.commands & asked) != 0) return {};
  if (command.bit == kVerify && (spec.commands & kRepair) != 0) {
    return usage(fmt::format("--{} means nothing to ftpull verify without --repair", spec.name),
                 "Leave it out, or add --repair URL");
  }
  return usage(fmt::format("--{} means nothing to ftpull {}", spec.name, command.name),
               fmt::format("Leave it out; it is for ftpull {}", commands_of(spec)));
}

Status check_connections(const Options& options, FetchOptions& fetch) {
  if (fetch.connections <= fetch.max_connections) return {};
  if (options.max_connections_given) {
    return usage(fmt::format("--connections {} is more than --max-connections {}",
                             fetch.connections, fetch.max_connections),
                 "Make one fit the other");
  }
  // Who asks for more than the default limit means it.
  fetch.max_connections = fetch.connections;
  return {};
}

/// What the environment says is looked at when it is used.
Status check_typed_proxy(const Options& options, const cxxopts::ParseResult& parsed) {
  const bool is_typed = parsed.count("proxy") != 0 && !options.fetch.proxy.empty();
  return is_typed ? check_proxy(options.fetch.proxy) : Status();
}

/// Of some commands the words are paths: a URL there is a mistake, and may have a password in it.
Status check_paths(const Options& options) {
  if ((options.command->bit & (kGet | kLs)) != 0) return {};
  const bool first_is_url = options.command->bit == kMirror && !options.words.empty();
  for (const std::string& word : std::span(options.words).subspan(first_is_url ? 1 : 0)) {
    if (word.find("://") == std::string::npos) continue;
    return usage(fmt::format("{} is a URL", for_display(hide_password(word))),
                 first_is_url ? "ftpull mirror takes one URL, and the path of a folder that is here"
                              : fmt::format("ftpull {} takes the path of a file that is here",
                                            options.command->name));
  }
  return {};
}

Status check_listing(const Options& options) {
  if (!options.features || !(options.long_listing || options.recursive)) return {};
  return usage(fmt::format("--features and --{} exclude each other",
                           options.recursive ? "recursive" : "long"),
               "Leave one of them out");
}

/// Of the options of mirror, and verify's --manifest.
Status check_mirror(const Options& options) {
  const MirrorOptions& mirror = options.mirror.options;
  if (!mirror.remove && !mirror.trash.empty()) {
    return usage("--trash means nothing without --delete", "Add --delete, or leave it out");
  }
  if (!mirror.remove && options.mirror.max_remove_given) {
    return usage("--max-delete means nothing without --delete", "Add --delete, or leave it out");
  }
  if (mirror.checksum && mirror.manifest.empty()) {
    return usage("--checksum needs the digests that --manifest keeps", "Add --manifest FILE");
  }
  if (mirror.min_size_bytes > mirror.max_size_bytes && mirror.max_size_bytes) {
    return usage("--min-size is more than --max-size", "Make one fit the other");
  }
  if (options.command->bit != kVerify || mirror.manifest.empty()) return {};
  if (options.repair) {
    return usage(
        "--manifest and --repair exclude each other",
        "To fetch what is bad again type: ftpull mirror URL DIR --checksum --manifest FILE");
  }
  if (options.words.size() == 1) return {};
  return usage(fmt::format("--manifest is for one folder, but {} are given", options.words.size()),
               "Type ftpull verify --manifest FILE DIR");
}

/// Puts it into the options of the fetches.
Status take_rate_schedule(Options& options) {
  if (!options.rate_schedule) return {};
  if (options.fetch.limit_rate != 0) {
    return usage("--limit-rate and --bwlimit-schedule exclude each other", "Leave one of them out");
  }
  auto steps = parse_rate_schedule(*options.rate_schedule);
  if (!steps) return tl::make_unexpected(steps.error());
  options.fetch.rate_schedule = std::move(*steps);
  return {};
}

/// What one option alone cannot know.
Status check_together(Options& options, const cxxopts::ParseResult& parsed) {
  for (const cxxopts::KeyValue& item : parsed.arguments()) {
    const OptionSpec* const spec = find_option(item.key());
    if (spec == nullptr) continue;
    if (Status status = check_meaning(options, *spec); !status) return status;
  }
  if (options.output && options.directory) {
    return usage("--output and --directory exclude each other",
                 "Type -o DIR/FILE for one file, or -d DIR for any number");
  }
  if (options.quiet && options.verbose) {
    return usage("--quiet and --verbose exclude each other", "Leave one of them out");
  }
  if (Status status = check_paths(options); !status) return status;
  if (Status status = check_listing(options); !status) return status;
  if (Status status = check_mirror(options); !status) return status;
  if (Status status = take_rate_schedule(options); !status) return status;
  if (options.repair && options.words.size() > 1) {
    return usage(fmt::format("--repair is for one file, but {} are given", options.words.size()),
                 "Repair them one at a time");
  }
  if (Status status = check_connections(options, options.fetch); !status) return status;
  if (Status status = check_typed_proxy(options, parsed); !status) return status;
  if (!options.words.empty() || options.input_file) return {};
  return usage("nothing to do",
               fmt::format("Type ftpull {}, or ftpull --help", options.command->usage));
}

}  // namespace

Result<Options> parse_options(std::span<const std::string> arguments) {
  auto parsed = parse_words(arguments);
  if (!parsed) return tl::make_unexpected(parsed.error());
  if (!parsed->unmatched().empty()) return unknown_option(parsed->unmatched().front());

  Options options;
  options.fetch.host_cache = default_host_cache();
  const auto environment = [](const char* name) { return std::getenv(name); };
  options.fetch.proxy = proxy_of(environment);
  options.fetch.no_proxy = no_proxy_of(environment);
  Status status = apply_all(options, *parsed);
  if (!status) return tl::make_unexpected(status.error());
  if (parsed->count(kWords) != 0) {
    options.words = (*parsed)[kWords].as<std::vector<std::string>>();
  }
  if (options.help || options.version) return options;
  for (const std::string& word : options.words) {
    if (word.starts_with('-')) return unknown_option(word);
  }
  status = choose_command(options);
  if (status) status = check_together(options, *parsed);
  if (!status) return tl::make_unexpected(status.error());
  return options;
}

}  // namespace ftpull::cli
