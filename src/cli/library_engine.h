// The commands' engine in the real program: libftpull.
#pragma once

#include "cli/engine.h"

namespace ftpull::cli {

class LibraryEngine final : public Engine {
 public:
  Result<Source> parse_url(std::string_view text) const override;
  Result<PartStatus> read_part_status(const std::filesystem::path& path) const override;
  Result<VerifyResult> verify(const std::filesystem::path& path, Observer& observer) const override;
  Result<ManifestVerdict> verify_manifest(
      const std::filesystem::path& manifest, const std::filesystem::path& folder,
      const std::function<void(const ManifestFault&)>& found) const override;
  std::unique_ptr<FileFetcher> make_fetcher(FetchOptions options,
                                            Observer& observer) const override;
};

}  // namespace ftpull::cli
