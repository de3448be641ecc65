#include "cli/url_list.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <system_error>

#include <fmt/format.h>

#include "cli/part_name.h"
#include "cli/password.h"
#include "core/text.h"

namespace ftpull::cli {
namespace {

constexpr size_t kMostListBytes = 64U << 20;  // some 500,000 URLs; a larger one is the wrong file
constexpr size_t kLongestName = 255 - 13;     // Linux's limit less ".part.journal"

tl::unexpected<Error> usage(std::string message, std::string hint) {
  return fail(ErrorKind::usage, std::move(message), {}, std::move(hint));
}

Result<std::vector<ListedUrl>> listed_urls(const Options& options, std::istream& in) {
  std::vector<ListedUrl> urls;
  for (const std::string& word : options.words) urls.push_back({word, ""});
  if (!options.input_file) return urls;

  const std::string& name = *options.input_file;
  std::ifstream file;
  if (name != "-") {
    file.open(name, std::ios::binary);
    if (!file) {
      return usage(
          fmt::format("cannot read --input-file {}: {}", for_display(name), std::strerror(errno)),
          "Name a text file with a URL a line, or - for standard input");
    }
  }
  auto more = name == "-" ? read_url_list(in, "standard input") : read_url_list(file, name);
  if (!more) return more;
  urls.insert(urls.end(), more->begin(), more->end());
  if (urls.empty()) {
    return usage(fmt::format("there is no URL in {}", for_display(name)),
                 "Write a URL a line, for example ftp://host/path/file");
  }
  return urls;
}

Result<std::filesystem::path> target_of(const Source& source, const Options& options) {
  if (options.output) return std::filesystem::path(*options.output);
  if (!can_be_local_name(source.file_name, kLongestName)) {
    return usage(fmt::format("{}: its name \"{}\" cannot be that of a local file", source.shown,
                             for_display(source.file_name)),
                 "Name the local file with -o FILE");
  }
  return std::filesystem::path(options.directory.value_or("")) / source.file_name;
}

Status check_output(const Options& options, size_t files) {
  if (!options.output) return {};
  const std::string shown = for_display(*options.output);
  if (files > 1) {
    return usage(fmt::format("--output {} is one file, but {} URLs are given", shown, files),
                 "Type -d DIR to fetch several files into a folder");
  }
  std::error_code ignored;  // what cannot be looked at is reported when it is written
  if (options.output->ends_with('/') || std::filesystem::is_directory(*options.output, ignored)) {
    return usage(fmt::format("--output {} is a folder", shown),
                 fmt::format("Type -d {} to fetch into it", shown));
  }
  return {};
}

Result<Download> plan_one(const ListedUrl& listed, const Options& options, const Engine& engine) {
  Result<Source> source = parse_file_url(listed.text, engine);
  if (!source) return tl::make_unexpected(source.error());
  Result<std::filesystem::path> target = target_of(*source, options);
  if (!target) return tl::make_unexpected(target.error());
  return Download{std::move(*source), std::move(*target)};
}

}  // namespace

Result<Source> parse_folder_url(std::string_view text, const Engine& engine) {
  Result<Source> source = engine.parse_url(text);
  if (!source || source->url.scheme != Url::Scheme::ftps) return source;
  return usage(fmt::format("{}: this version has no TLS yet", source->shown),
               "Where the server offers it without, type ftp:// in place of ftps://");
}

Result<Source> parse_file_url(std::string_view text, const Engine& engine) {
  Result<Source> source = parse_folder_url(text, engine);
  if (!source || !source->is_folder) return source;
  return usage(
      fmt::format("{} is a folder", source->shown),
      fmt::format("Name one file in it; to list it type: ftpull ls {}", shell_word(source->shown)));
}

Result<std::vector<ListedUrl>> read_url_list(std::istream& in, const std::string& name) {
  const std::string shown = for_display(name);
  std::vector<ListedUrl> urls;
  size_t bytes = 0;
  size_t number = 0;
  std::string line;
  while (std::getline(in, line)) {
    ++number;
    bytes += line.size() + 1;
    if (bytes > kMostListBytes) {
      return usage(fmt::format("{} is larger than {} MiB", shown, kMostListBytes >> 20),
                   "Is it a list of URLs? Split it if it is");
    }
    const std::string_view text = trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    urls.push_back({std::string(text), fmt::format("{} line {}: ", shown, number)});
  }
  if (in.bad() || (in.fail() && !in.eof())) {
    return usage(fmt::format("cannot read {}", shown), "Name a text file with a URL a line");
  }
  return urls;
}

Result<std::vector<Download>> plan_downloads(const Options& options, const Engine& engine,
                                             std::istream& in) {
  auto urls = listed_urls(options, in);
  if (!urls) return tl::make_unexpected(urls.error());
  if (Status status = check_output(options, urls->size()); !status) {
    return tl::make_unexpected(status.error());
  }
  std::vector<Download> downloads;
  std::map<std::filesystem::path, std::string> taken;  // target -> the URL that has it
  for (const ListedUrl& listed : *urls) {
    Result<Download> download = plan_one(listed, options, engine);
    if (!download) {
      Error error = download.error();
      error.message = listed.place + error.message;
      return tl::make_unexpected(std::move(error));
    }
    const auto [other, is_new] =
        taken.emplace(download->target.lexically_normal(), download->source.shown);
    if (!is_new) {
      return usage(fmt::format("{}{} and {} would both be written to {}", listed.place,
                               download->source.shown, other->second,
                               for_display(download->target.native())),
                   "Fetch them one at a time with -o FILE");
    }
    downloads.push_back(std::move(*download));
  }
  return downloads;
}

bool can_be_local_name(std::string_view name, size_t longest) {
  if (name.empty() || name == "." || name == ".." || name.size() > longest) return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || c == '/') return false;
  }
  return true;
}

Status prepare_folder(const std::filesystem::path& folder, std::string_view hint) {
  const std::string shown = for_display(folder.native());
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  // A slash at the end would make a folder without a name below it.
  const auto clean = folder.has_filename() ? folder : folder.parent_path();
  std::filesystem::create_directories(clean, error);
  if (!error) return {};
  return fail(ErrorKind::disk,
              fmt::format("cannot create the folder {}: {}", shown, error.message()), {},
              std::string(hint));
}

}  // namespace ftpull::cli
