#include "cli/command_table.h"

#include "cli/get_command.h"
#include "cli/ls_command.h"
#include "cli/mirror_command.h"
#include "cli/option_table.h"
#include "cli/status_command.h"
#include "cli/verify_command.h"

namespace ftpull::cli {
namespace {

constexpr CommandSpec kTable[] = {
    {"get", kGet, "[get] URL... [-o FILE | -d DIR]",
     "fetch files; typed again after an interruption it goes on", run_get, ""},
    {"status", kStatus, "status PATH...", "show what an unfinished download has on disk",
     run_status, ""},
    {"verify", kVerify, "verify [--repair URL] PATH...",
     "read files again and compare them with the digests kept while they came", run_verify, ""},
    {"ls", kLs, "ls [-l] [-R] URL...",
     "list folders on a server, or with --features what it can do", run_ls, ""},
    {"mirror", kMirror, "mirror URL [DIR]",
     "make a folder equal to one on a server; typed again, only what changed", run_mirror, ""},
    {"bench", 0, "bench URL", "find out what a server can do", nullptr,
     "To try numbers of connections type: ftpull get URL -n N --restart"},
};

}  // namespace

std::span<const CommandSpec> command_table() {
  return kTable;
}

const CommandSpec* find_command(std::string_view name) {
  for (const CommandSpec& command : kTable) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace ftpull::cli
