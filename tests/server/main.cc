// ftpull-test-server: an FTP server that behaves well, or as badly as its script says.
#include <csignal>
#include <cstdio>
#include <fstream>

#include <fmt/format.h>

#include "options.h"
#include "server.h"

namespace ftpull::test_server {
namespace {

/// Stops the server on SIGTERM and SIGINT, and at the end of standard input when asked to.
class StopWatch {
 public:
  StopWatch(uv_loop_t* loop, Server& server) : server_(server), loop_(loop) {
    watch_signal(terminate_, SIGTERM);
    watch_signal(interrupt_, SIGINT);
  }

  Status watch_stdin() {
    input_.reset(new uv_pipe_t);
    uv_pipe_init(loop_, input_.get(), 0);
    input_->data = this;
    if (uv_pipe_open(input_.get(), 0) != 0) {
      return fail(ErrorKind::usage, "--exit-with-stdin needs a pipe as standard input");
    }
    uv_read_start(reinterpret_cast<uv_stream_t*>(input_.get()), give_buffer, on_input);
    return {};
  }

  void stop() {
    server_.stop();
    terminate_.reset();
    interrupt_.reset();
    input_.reset();
  }

 private:
  void watch_signal(Handle<uv_signal_t>& handle, int number) {
    handle.reset(new uv_signal_t);
    uv_signal_init(loop_, handle.get());
    handle->data = this;
    uv_signal_start(handle.get(), on_signal, number);
  }
  static void on_signal(uv_signal_t* handle, int) {
    if (handle->data != nullptr) static_cast<StopWatch*>(handle->data)->stop();
  }
  static void give_buffer(uv_handle_t*, size_t, uv_buf_t* buffer) {
    static char ignored[256];
    *buffer = uv_buf_init(ignored, sizeof ignored);
  }
  static void on_input(uv_stream_t* stream, ssize_t count, const uv_buf_t*) {
    if (count < 0 && stream->data != nullptr) static_cast<StopWatch*>(stream->data)->stop();
  }

  Server& server_;
  uv_loop_t* loop_;
  Handle<uv_signal_t> terminate_;
  Handle<uv_signal_t> interrupt_;
  Handle<uv_pipe_t> input_;
};

Status write_files(const Options& options) {
  if (!options.written_tree.empty()) {
    return write_to_disk(options.tree, options.written_tree);
  }
  for (const GeneratedFile& file : options.written) {
    auto status = write_to_disk(GeneratedContent(file.size_bytes, file.seed), file.name);
    if (!status) return status;
  }
  return {};
}

Status serve(uv_loop_t* loop, const Options& options) {
  Script script;
  if (!options.script.empty()) {
    auto parsed = Script::parse(options.script);
    if (!parsed) return tl::unexpected(parsed.error());
    script = std::move(*parsed);
  }
  EventLog log;
  if (!options.log.empty()) {
    auto opened = EventLog::open(options.log);
    if (!opened) return tl::unexpected(opened.error());
    log = std::move(*opened);
  }
  Tree tree(options.root, options.files, options.tree);
  Server server(loop, script, tree, log);
  StopWatch stop_watch(loop, server);
  auto port = server.listen(options.listen, options.port);
  Status status;
  if (!port) status = tl::unexpected(port.error());
  if (status && options.exit_with_stdin) status = stop_watch.watch_stdin();
  if (status) {
    if (!options.port_file.empty()) std::ofstream(options.port_file) << *port << "\n";
    fmt::print("listening on {}:{}\n", options.listen, *port);
    std::fflush(stdout);
  } else {
    stop_watch.stop();
  }
  uv_run(loop, UV_RUN_DEFAULT);
  return status;
}

int run(const std::vector<std::string>& arguments) {
  auto options = Options::parse(arguments);
  if (!options) {
    fmt::print(stderr, "{}\n{}", describe(options.error()), Options::usage());
    return 2;
  }
  if (options->help) {
    fmt::print("{}", Options::usage());
    return 0;
  }
  Status status = write_files(*options);
  bool serves = !options->files.empty() || !options->root.empty() || options->tree.folders() > 0;
  bool only_write = !options->written_tree.empty() || (!options->written.empty() && !serves);
  if (status && !only_write) {
    uv_loop_t loop;
    uv_loop_init(&loop);
    status = serve(&loop, *options);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
  }
  if (status) return 0;
  fmt::print(stderr, "{}\n", describe(status.error()));
  return exit_code(status.error().kind);
}

}  // namespace
}  // namespace ftpull::test_server

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return ftpull::test_server::run({argv + 1, argv + argc});
}
