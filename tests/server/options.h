// The command line of ftpull-test-server.
#pragma once

#include <string>
#include <vector>

#include "ftpull/error.h"

#include "made_tree.h"
#include "tree.h"

namespace ftpull::test_server {

struct Options {
  std::string listen = "127.0.0.1";
  int port = 0;
  std::string root;
  std::vector<GeneratedFile> files;
  std::vector<GeneratedFile> written;  // name is a path on disk
  MadeTree tree;
  std::string written_tree;  // a folder
  std::string script;        // JSON text
  std::string log;
  std::string port_file;
  bool exit_with_stdin = false;
  bool help = false;

  static Result<Options> parse(const std::vector<std::string>& arguments);
  static const char* usage();
};

}  // namespace ftpull::test_server
