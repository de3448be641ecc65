#include "cli/library_engine.h"

#include <utility>

namespace ftpull::cli {
namespace {

class LibraryFetcher final : public FileFetcher {
 public:
  LibraryFetcher(FetchOptions options, Observer& observer)
      : fetcher_(std::move(options), observer) {}

  void fetch_all(const std::vector<FetchRequest>& requests, const FetchDone& done) override {
    fetcher_.fetch_all(requests, done);
  }
  Result<FetchResult> repair(const Url& url, const VerifyResult& found) override {
    return fetcher_.repair(url, found);
  }
  Status list(const Url& folder, bool recursive, const FolderDone& done) override {
    return fetcher_.list(folder, recursive, done);
  }
  Result<ServerFeatures> features(const Url& url) override { return fetcher_.features(url); }
  Result<MirrorResult> mirror(const Url& folder, const std::filesystem::path& local,
                              const MirrorOptions& options, MirrorObserver& observer) override {
    return fetcher_.mirror(folder, local, options, observer);
  }
  void stop() noexcept override { fetcher_.stop(); }

 private:
  Fetcher fetcher_;
};

}  // namespace

Result<Source> LibraryEngine::parse_url(std::string_view text) const {
  return Url::parse(text).map([](const Url& url) {
    return Source{url, url.without_password(), url.file_name(), url.is_folder()};
  });
}

Result<PartStatus> LibraryEngine::read_part_status(const std::filesystem::path& path) const {
  return ftpull::read_part_status(path);
}

Result<VerifyResult> LibraryEngine::verify(const std::filesystem::path& path,
                                           Observer& observer) const {
  return ftpull::verify(path, observer);
}

Result<ManifestVerdict> LibraryEngine::verify_manifest(
    const std::filesystem::path& manifest, const std::filesystem::path& folder,
    const std::function<void(const ManifestFault&)>& found) const {
  return ftpull::verify_manifest(manifest, folder, found);
}

std::unique_ptr<FileFetcher> LibraryEngine::make_fetcher(FetchOptions options,
                                                         Observer& observer) const {
  return std::make_unique<LibraryFetcher>(std::move(options), observer);
}

}  // namespace ftpull::cli
