#include "options.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "core/text.h"

namespace ftpull::test_server {
namespace {

using Take = std::function<Status(const std::string&)>;

Take into(std::string& target) {
  return [&target](const std::string& value) -> Status {
    target = value;
    return {};
  };
}

Take into(std::vector<GeneratedFile>& target) {
  return [&target](const std::string& value) -> Status {
    auto file = GeneratedFile::parse(value);
    if (!file) return tl::unexpected(file.error());
    target.push_back(std::move(*file));
    return {};
  };
}

Status take_port(int& target, const std::string& value) {
  auto port = parse_decimal(value);
  if (!port || *port > 65535) return fail(ErrorKind::usage, value + " is not a port");
  target = static_cast<int>(*port);
  return {};
}

Status take_tree(MadeTree& target, const std::string& value) {
  auto tree = MadeTree::parse(value);
  if (!tree) return tl::unexpected(tree.error());
  target = *tree;
  return {};
}

Status take_script_file(std::string& target, const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorKind::usage, "cannot read the script " + path);
  target = text.str();
  return {};
}

Status take_root(std::string& target, const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return fail(ErrorKind::usage, path + " is not a folder");
  }
  target = path;
  return {};
}

}  // namespace

const char* Options::usage() {
  return "usage: ftpull-test-server [OPTION]...\n"
         "  --listen ADDR             address, default 127.0.0.1\n"
         "  --port N                  default 0: a free one\n"
         "  --root DIR                serve this folder, read-only\n"
         "  --file NAME:SIZE[:SEED]   serve a generated file too; SIZE takes K M G T\n"
         "  --tree FOLDERS:FILES      serve so many folders with so many small files each too\n"
         "  --write PATH:SIZE[:SEED]  write a generated file to disk; exit unless there is more to "
         "do\n"
         "  --write-tree DIR          write that of --tree to disk, and exit\n"
         "  --script FILE, --script-text JSON   misbehave, see tests/server/README.md\n"
         "  --log FILE                one JSON object a line for everything that happens\n"
         "  --port-file FILE          write the port there once ready\n"
         "  --exit-with-stdin         stop when standard input ends\n";
}

Result<Options> Options::parse(const std::vector<std::string>& arguments) {
  Options to;
  const std::map<std::string, Take> takers = {
      {"--listen", into(to.listen)},
      {"--port", [&](const std::string& value) { return take_port(to.port, value); }},
      {"--root", [&](const std::string& value) { return take_root(to.root, value); }},
      {"--file", into(to.files)},
      {"--write", into(to.written)},
      {"--tree", [&](const std::string& value) { return take_tree(to.tree, value); }},
      {"--write-tree", into(to.written_tree)},
      {"--script", [&](const std::string& value) { return take_script_file(to.script, value); }},
      {"--script-text", into(to.script)},
      {"--log", into(to.log)},
      {"--port-file", into(to.port_file)},
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name == "--help") {
      to.help = true;
    } else if (name == "--exit-with-stdin") {
      to.exit_with_stdin = true;
    } else if (auto taker = takers.find(name); taker == takers.end()) {
      return fail(ErrorKind::usage, fmt::format("unknown option {}", name));
    } else if (++i == arguments.size()) {
      return fail(ErrorKind::usage, fmt::format("{} needs a value", name));
    } else if (auto status = taker->second(arguments[i]); !status) {
      return tl::unexpected(status.error());
    }
  }
  return to;
}

}  // namespace ftpull::test_server
