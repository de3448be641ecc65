// What a person or a program sees of one run of ftpull mirror.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ftpull/mirror.h"

#include "cli/console.h"
#include "cli/engine.h"
#include "cli/json_output.h"
#include "cli/options.h"
#include "cli/reporter.h"

namespace ftpull::cli {

class MirrorReport final : public MirrorObserver {
 public:
  static constexpr size_t kMostErrors = 50;  // more would push each other off the screen

  /// All of them must outlive the report. `fetcher` is stopped when nobody reads any longer.
  MirrorReport(const Options& options, Console& console, Reporter& reporter, FileFetcher& fetcher);

  void on_item(const MirrorItem& item) override;
  void on_mirror_progress(const MirrorProgress& progress) override;

  /// What the last progress said: for the statement of a run that failed.
  const MirrorTotals& totals_so_far() const { return so_far_; }

  /// The statement and the closing line; gives the exit code.
  int end(const MirrorRun& run);

 private:
  void show_trouble(const MirrorItem& item);
  int close(const MirrorRun& run);

  const Options& options_;
  Console& console_;
  Reporter& reporter_;
  FileFetcher& fetcher_;
  MirrorTotals so_far_;
  uint64_t errors_ = 0;
};

}  // namespace ftpull::cli
