#include "cli/ls_command.h"

#include <string>
#include <utility>
#include <vector>

#include "cli/json_output.h"
#include "cli/listing_text.h"
#include "cli/log.h"
#include "cli/login.h"
#include "cli/reporter.h"
#include "cli/server_text.h"
#include "cli/signals.h"
#include "cli/tally.h"
#include "cli/url_list.h"

namespace ftpull::cli {
namespace {

Url url_of(const Source& source, const std::string& path) {
  Url url = source.url;
  url.path = path;
  url.type = '\0';
  return url;
}

/// Asks for what each URL names, prints it, and counts what went wrong.
class Listings {
 public:
  Listings(const Options& options, Console& console, Reporter& reporter, FileFetcher& fetcher)
      : options_(options), console_(console), reporter_(reporter), fetcher_(fetcher) {}

  void list(const Source& source) {
    const Status listed =
        fetcher_.list(source.url, options_.recursive,
                      [&](const ListedFolder& folder) { on_folder(source, folder); });
    if (!listed) fail(asked_title(source), listed.error());
  }

  void ask(const Source& source) {
    const auto server = fetcher_.features(source.url);
    if (!server) return fail(source.shown, server.error());
    if (options_.json) {
      print(features_json(source.shown, *server) + '\n');
    } else {
      print_block(format_features(source.shown, *server));
    }
    tally_.add_success();
  }

  /// Nothing more can be done, or is wanted.
  bool is_over() const { return interrupted_ || !console_.out; }

  int end() {
    if (interrupted_) return exit_code(ErrorKind::interrupted);
    const auto line = tally_.closing_line(
        options_.features ? "servers failed" : "folders could not be listed, or not completely");
    if (line) reporter_.show_error(*line);
    return tally_.exit_code();
  }

 private:
  void on_folder(const Source& source, const ListedFolder& folder) {
    if (folder.error) {
      on_failed(source, folder);
      // Of a folder that lies too deep there are entries all the same.
      if (!folder.entries.empty()) show(source, folder);
      return;
    }
    show(source, folder);
    if (folder.unusable_lines == 0) return tally_.add_success();
    reporter_.show_error(describe_unusable(folder));
    tally_.add_failure(ErrorKind::some_failed);
  }

  void on_failed(const Source& source, const ListedFolder& folder) {
    // What list() itself returns is told there.
    const bool is_asked = shown_folder(folder.path) == shown_folder(source.url.path);
    const bool is_interrupt = folder.error->kind == ErrorKind::interrupted;
    if (!is_asked && !is_interrupt) fail(title(source, folder), *folder.error);
  }

  void show(const Source& source, const ListedFolder& folder) {
    if (options_.json) {
      std::string lines;
      for (const Entry& entry : folder.entries) {
        const std::string path = path_within(folder.path, entry.name);
        lines += entry_json(url_of(source, path), entry) + '\n';
      }
      return print(lines);
    }
    const std::string text = options_.long_listing ? format_long(folder) : format_names(folder);
    const bool is_only_one = options_.words.size() == 1 && !options_.recursive;
    print_block(is_only_one ? text : title(source, folder) + ":\n" + text);
  }

  /// Where several URLs are asked for, a path alone does not say of which.
  std::string title(const Source& source, const ListedFolder& folder) const {
    if (options_.words.size() == 1) return shown_folder(folder.path);
    return url_of(source, folder.path).without_password();
  }

  /// In messages about all that a URL names.
  std::string asked_title(const Source& source) const {
    const bool by_path = options_.words.size() == 1 && !source.url.path.empty();
    return by_path ? shown_folder(source.url.path) : source.shown;
  }

  void print_block(const std::string& text) {
    print(std::exchange(printed_, true) ? '\n' + text : text);
  }

  void print(const std::string& text) {
    console_.out << text << std::flush;
    // Whoever has read enough, like head, does not want the rest of the tree fetched.
    if (!console_.out) fetcher_.stop();
  }

  void fail(const std::string& name, const Error& error) {
    if (!console_.out) return;
    interrupted_ = interrupted_ || error.kind == ErrorKind::interrupted;
    reporter_.show_error(describe_failure(name, error));
    tally_.add_failure(error.kind);
  }

  const Options& options_;
  Console& console_;
  Reporter& reporter_;
  FileFetcher& fetcher_;
  Tally tally_;
  bool interrupted_ = false;
  bool printed_ = false;
};

/// The URLs as downloads without a target, as passwords are given to those.
Result<std::vector<Download>> plan_listings(const Options& options, const Engine& engine) {
  std::vector<Download> listings;
  for (const std::string& word : options.words) {
    auto source = parse_folder_url(word, engine);
    if (!source) return tl::make_unexpected(source.error());
    listings.push_back({std::move(*source), {}});
  }
  return listings;
}

}  // namespace

int run_ls(const Options& options, const Engine& engine, Console& console) {
  auto asked = plan_listings(options, engine);
  if (!asked) return give_up(console, asked.error());
  FetchOptions fetch = options.fetch;
  Status status = add_password(options, fetch, *asked, console);
  if (!status) return give_up(console, status.error());
  Result<Log> log = Log::open(options, console);
  if (!log) return give_up(console, log.error());

  Reporter reporter(options, console, std::move(*log));
  const auto fetcher = engine.make_fetcher(std::move(fetch), reporter);
  const InterruptGuard guard(*fetcher);
  Listings listings(options, console, reporter, *fetcher);
  for (const Download& one : *asked) {
    if (listings.is_over()) break;
    if (options.features) {
      listings.ask(one.source);
    } else {
      listings.list(one.source);
    }
  }
  const int code = listings.end();
  status = flush_output(console);
  return status ? code : give_up(console, status.error());
}

}  // namespace ftpull::cli
