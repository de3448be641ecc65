// What is known of servers from one run to the next: recalled when a host is made, kept when work
// with it has ended.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ftpull/fetch.h"

#include "net/host.h"
#include "store/host_profiles.h"
#include "transfer/session_pool.h"

namespace ftpull::net {

/// As a host takes it.
Learned learned_from(const store::HostProfile& profile);

class HostMemory {
 public:
  /// `file` empty: nothing is recalled or kept. The observer hears of a file that cannot be used;
  /// it is no error of what the memory is for. It must outlive the memory.
  HostMemory(std::filesystem::path file, Observer& observer)
      : file_(std::move(file)), observer_(observer) {}

  /// Empty when the host is not known. Reads the file, so not while transfers are under way.
  std::optional<store::HostProfile> recall(const Host::Settings& settings);
  /// Adds what this run found out to what stands in the file. `recalled` is what it began with:
  /// what was only taken from there does not become younger.
  void keep(const Host& host, const transfer::SessionPool& pool,
            const std::optional<store::HostProfile>& recalled);

 private:
  const std::filesystem::path file_;
  Observer& observer_;
};

}  // namespace ftpull::net
