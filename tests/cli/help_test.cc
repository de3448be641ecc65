#include "cli/help.h"

#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ftpull/error.h"

#include "cli/command_table.h"
#include "cli/option_table.h"

using namespace ftpull;
using namespace ftpull::cli;

namespace {

std::set<std::string> found(const std::string& text, const char* pattern) {
  const std::regex regex(pattern);
  std::set<std::string> all;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) {
    all.insert((*it)[1]);
  }
  return all;
}

}  // namespace

TEST_CASE("help_shows_every_option_and_no_other") {
  const std::string help = help_text();
  std::set<std::string> known;
  for (const OptionSpec& spec : option_table()) {
    known.insert(std::string(spec.name));
    const std::string letter = spec.letter == '\0' ? "    " : fmt::format("-{}, ", spec.letter);
    CAPTURE(spec.name);
    CHECK(help.find(fmt::format("\n  {}--{}", letter, spec.name)) != std::string::npos);
  }
  CHECK(found(help, "--([a-z0-9-]+)") == known);
}

TEST_CASE("help_fits_80_columns") {
  std::istringstream lines(help_text());
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() < 80);
    CHECK_FALSE(line.ends_with(' '));
  }
}

TEST_CASE("help_shows_every_exit_code") {
  std::set<std::string> codes{"0"};
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::interrupted); ++kind) {
    codes.insert(std::to_string(exit_code(static_cast<ErrorKind>(kind))));
  }
  const std::string help = help_text();
  CHECK(found(help.substr(help.find("\nExit codes")), "\n +([0-9]+)  ") == codes);
}

TEST_CASE("help_shows_defaults_and_only_commands_that_work") {
  const std::string help = help_text();
  CHECK(help.find("default: 16") != std::string::npos);
  for (const CommandSpec& command : command_table()) {
    CAPTURE(command.name);
    const bool shown = help.find(fmt::format("  ftpull {}\n", command.usage)) != std::string::npos;
    CHECK(shown == (command.run != nullptr));
  }
}

TEST_CASE("no_option_is_there_twice") {
  std::set<std::string_view> names;
  std::set<char> letters;
  for (const OptionSpec& spec : option_table()) {
    CHECK(names.insert(spec.name).second);
    if (spec.letter != '\0') CHECK(letters.insert(spec.letter).second);
  }
}

TEST_CASE("help_shows_how_to_verify_and_what_to_choose_for_safety") {
  std::istringstream words(help_text());
  std::string help;  // on one line: where it is wrapped does not matter
  for (std::string word; words >> word;) help += word + ' ';
  for (const char* const part :
       {"ftpull verify [--repair URL] PATH... read files again",
        "(stop, refetch or append; default: stop)",
        "(none, checkpoint or segment; default: checkpoint)",
        "after a power cut at most what came in the last S seconds is fetched again (0.1 to 3600 "
        "seconds; default: 5)",
        "leave FILE.digests beside the file, for ftpull verify",
        "with verify and one PATH: fetch what is bad in it again from URL"}) {
    CAPTURE(part);
    CHECK(help.find(part) != std::string::npos);
  }
}
