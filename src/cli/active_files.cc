#include "cli/active_files.h"

#include <algorithm>

#include <fmt/format.h>

namespace ftpull::cli {

void ActiveFiles::update(const FetchProgress& progress, TimePoint now) {
  const auto [it, is_new] = files_.try_emplace(progress.file);
  File& file = it->second;
  if (is_new) file.began = now;
  file.name = progress.name;
  file.progress = progress;
  FetchResult& result = file.so_far;
  result.size_bytes = progress.size_bytes;
  result.resumed_bytes = progress.resumed_bytes;
  result.fetched_bytes =
      progress.done_bytes - std::min(progress.done_bytes, progress.resumed_bytes);
  result.connections = std::max(result.connections, progress.sessions);
}

FetchResult ActiveFiles::so_far(size_t file, TimePoint now) const {
  const auto known = files_.find(file);
  if (known == files_.end()) return {};
  FetchResult result = known->second.so_far;
  result.seconds = to_seconds(now - known->second.began);
  return result;
}

FetchProgress ActiveFiles::together() {
  FetchProgress sum;
  sum.size_bytes = 0;
  for (const auto& [number, file] : files_) {
    const FetchProgress& one = file.progress;
    if (!one.size_bytes) sum.size_bytes.reset();
    if (sum.size_bytes) *sum.size_bytes += *one.size_bytes;
    sum.done_bytes += one.done_bytes;
    sum.resumed_bytes += one.resumed_bytes;
    sum.bytes_per_second += one.bytes_per_second;
    sum.sessions += one.sessions;
  }
  if (!files_.empty()) name_ = files_.begin()->second.name;
  if (files_.size() > 1) name_ = fmt::format("{} and {} more", name_, files_.size() - 1);
  sum.name = name_;
  return sum;
}

}  // namespace ftpull::cli
