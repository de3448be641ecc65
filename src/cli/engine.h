// What the commands need of the library, as an interface: the program runs them with
// LibraryEngine, tests with a fake that needs neither network nor disk.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ftpull/error.h"
#include "ftpull/fetch.h"
#include "ftpull/list.h"
#include "ftpull/mirror.h"
#include "ftpull/part_status.h"
#include "ftpull/url.h"
#include "ftpull/verify.h"

namespace ftpull::cli {

/// A remote file as a command sees it: the URL, and what is asked of it.
struct Source {
  Url url;
  std::string shown;      // the URL without its password
  std::string file_name;  // the last component of its path, not checked
  bool is_folder = false;
};

/// One ftpull::Fetcher.
class FileFetcher {
 public:
  virtual ~FileFetcher() = default;
  virtual void fetch_all(const std::vector<FetchRequest>& requests, const FetchDone& done) = 0;
  virtual Result<FetchResult> repair(const Url& url, const VerifyResult& found) = 0;
  virtual Status list(const Url& folder, bool recursive, const FolderDone& done) = 0;
  virtual Result<ServerFeatures> features(const Url& url) = 0;
  virtual Result<MirrorResult> mirror(const Url& folder, const std::filesystem::path& local,
                                      const MirrorOptions& options, MirrorObserver& observer) = 0;
  /// Safe in a signal handler.
  virtual void stop() noexcept = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Result<Source> parse_url(std::string_view text) const = 0;
  virtual Result<PartStatus> read_part_status(const std::filesystem::path& path) const = 0;
  virtual Result<VerifyResult> verify(const std::filesystem::path& path,
                                      Observer& observer) const = 0;
  virtual Result<ManifestVerdict> verify_manifest(
      const std::filesystem::path& manifest, const std::filesystem::path& folder,
      const std::function<void(const ManifestFault&)>& found) const = 0;
  /// The observer must outlive the fetcher.
  virtual std::unique_ptr<FileFetcher> make_fetcher(FetchOptions options,
                                                    Observer& observer) const = 0;
};

}  // namespace ftpull::cli
