#include "cli/help.h"

#include <string_view>

#include <fmt/format.h>

#include "cli/command_table.h"
#include "cli/option_table.h"
#include "core/text.h"

namespace ftpull::cli {
namespace {

constexpr size_t kWidth = 79;   // a full 80th column makes some terminals wrap
constexpr size_t kColumn = 29;  // where descriptions begin

constexpr std::string_view kIntroduction =
    "ftpull fetches files over FTP on several connections at once, and goes on where\n"
    "it stood after an interruption.\n";

constexpr std::string_view kSizes =
    "\nSizes and rates take K, M, G and T (1K is 1024); times take ms, s, m and h.\n"
    "A value follows its option: -n 8, --connections 8 or --connections=8.\n";

constexpr std::string_view kExamples =
    "\nExamples\n"
    "  ftpull ftp://ftp.example.org/pub/data.tar.gz\n"
    "      fetch one file into this folder; type it again after an interruption\n"
    "  ftpull -n 8 -d data -i urls.txt\n"
    "      fetch every file named in urls.txt into data/, 8 connections for each\n"
    "  ftpull --user me ftp://ftp.example.org/private/data.tar.gz\n"
    "      log in as \"me\"; the password is asked for\n"
    "  ftpull status data.tar.gz\n"
    "      how much of an unfinished download is on disk\n"
    "  ftpull --keep-digests ftp://ftp.example.org/pub/data.tar.gz\n"
    "  ftpull verify data.tar.gz\n"
    "      keep digests beside the file; later, see whether it is still what came\n"
    "  ftpull ls -l ftp://ftp.example.org/pub/\n"
    "      what is in a folder\n"
    "  ftpull mirror --delete --exclude '*.iso' ftp://ftp.example.org/pub/ pub\n"
    "      make pub/ equal to that folder, without its images; --dry-run shows how\n";

constexpr std::string_view kExitCodes =
    "\nExit codes\n"
    "    0  all that was asked for is there\n"
    "    1  some of several files failed, a listing has gaps, or a mirror is not\n"
    "       complete; each is named\n"
    "    2  the command line is wrong\n"
    "    3  network: could not connect, or gave up retrying\n"
    "    4  the login was refused\n"
    "    5  not found, or not allowed to read it\n"
    "    6  local disk: full, read-only, I/O error, in use\n"
    "    7  integrity: the file changed, or is not what was announced\n"
    "    8  TLS: certificate or protocol\n"
    "  130  interrupted; type the same again to go on\n";

/// `left`, then `text` in a column of its own, as many lines as it needs.
std::string two_columns(const std::string& left, std::string_view text) {
  std::string out;
  std::string line = left;
  if (line.size() + 2 > kColumn) {
    out = line + '\n';
    line.clear();
  }
  line.resize(kColumn, ' ');
  bool begins = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text = trim(text.substr(word.size()));
    if (!begins && line.size() + 1 + word.size() > kWidth) {
      out += line + '\n';
      line.assign(kColumn, ' ');
      begins = true;
    }
    if (!begins) line += ' ';
    line += word;
    begins = false;
  }
  return out + line + '\n';
}

std::string option_help(const OptionSpec& spec) {
  const std::string letter = spec.letter == '\0' ? "    " : fmt::format("-{}, ", spec.letter);
  std::string text(spec.description);
  // Descriptions already say what a file name or a user's name is for.
  if (!spec.standard.empty()) {
    text += fmt::format(" ({}; default: {})", spec.values, spec.standard);
  }
  return two_columns(fmt::format("  {}--{}{}{}", letter, spec.name,
                                 spec.argument.empty() ? "" : " ", spec.argument),
                     text);
}

}  // namespace

std::string help_text() {
  std::string out(kIntroduction);
  out += "\nUsage\n";
  for (const CommandSpec& command : command_table()) {
    if (command.run == nullptr) continue;
    out += fmt::format("  ftpull {}\n      {}\n", command.usage, command.description);
  }
  std::string_view group;
  for (const OptionSpec& spec : option_table()) {
    if (spec.group != group) out += fmt::format("\n{}\n", spec.group);
    group = spec.group;
    out += option_help(spec);
  }
  out += kSizes;
  out += kExamples;
  out += kExitCodes;
  return out;
}

std::string version_text() {
  return fmt::format("ftpull {}\n", FTPULL_VERSION);
}

}  // namespace ftpull::cli
