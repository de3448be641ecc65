#include "cli/mirror_options.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::cli {
namespace {

constexpr size_t kMostRules = 100'000;  // each is tried with each name; more is the wrong file
constexpr std::string_view kHowToWrite =
    "Write \"+ PATTERN\" to include, \"- PATTERN\" to exclude, one a line";

tl::unexpected<Error> usage(std::string message) {
  return fail(ErrorKind::usage, std::move(message), {}, std::string(kHowToWrite));
}

std::optional<MirrorRule> parse_rule(std::string_view line) {
  const bool has_sign = line.starts_with("+ ") || line.starts_with("- ");
  const std::string_view pattern = has_sign ? trim(line.substr(2)) : "";
  if (pattern.empty()) return std::nullopt;
  return MirrorRule{line.starts_with('+'), std::string(pattern)};
}

Status read_file(const std::string& name, std::vector<MirrorRule>& rules) {
  const std::string shown = for_display(name);
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    return usage(fmt::format("cannot read --filter-from {}: {}", shown, std::strerror(errno)));
  }
  size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const std::string_view text = trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    auto rule = parse_rule(text);
    if (!rule) {
      return usage(
          fmt::format("{} line {}: \"{}\" is no rule", shown, number, for_display(text, 80)));
    }
    if (rules.size() == kMostRules) {
      return usage(fmt::format("{} line {}: these are more than {} rules in all", shown, number,
                               kMostRules));
    }
    rules.push_back(std::move(*rule));
  }
  // That is what reading a folder comes to.
  if (file.bad()) return usage(fmt::format("cannot read --filter-from {}", shown));
  return {};
}

}  // namespace

Result<std::vector<MirrorRule>> read_rules(const std::vector<Filter>& filters) {
  std::vector<MirrorRule> rules;
  for (const Filter& filter : filters) {
    if (filter.kind != Filter::Kind::file) {
      rules.push_back({filter.kind == Filter::Kind::include, filter.text});
      continue;
    }
    const Status read = read_file(filter.text, rules);
    if (!read) return tl::make_unexpected(read.error());
  }
  return rules;
}

MirrorOptions options_of_run(const MirrorArguments& arguments, std::vector<MirrorRule> rules,
                             int64_t unix_now) {
  MirrorOptions options = arguments.options;
  options.rules = std::move(rules);
  if (arguments.newer_than) {
    options.newer_than_unix_seconds = arguments.newer_than->unix_seconds(unix_now);
  }
  return options;
}

}  // namespace ftpull::cli
