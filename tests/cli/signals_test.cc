#include "cli/signals.h"

#include <atomic>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace ftpull;
using namespace ftpull::cli;

namespace {

class StoppableFetcher final : public FileFetcher {
 public:
  void fetch_all(const std::vector<FetchRequest>&, const FetchDone&) override {}
  Result<FetchResult> repair(const Url&, const VerifyResult&) override { return {}; }
  Status list(const Url&, bool, const FolderDone&) override { return {}; }
  Result<ServerFeatures> features(const Url&) override { return {}; }
  Result<MirrorResult> mirror(const Url&, const std::filesystem::path&, const MirrorOptions&,
                              MirrorObserver&) override {
    return {};
  }
  void stop() noexcept override { ++stops; }

  std::atomic<int> stops{0};
};

/// What a process ends with that gets `signals` signals while it fetches.
int end_of_process(int signal, int signals) {
  const pid_t child = fork();
  if (child == 0) {
    StoppableFetcher fetcher;
    const InterruptGuard guard(fetcher);
    for (int i = 0; i < signals; ++i) raise(signal);
    _exit(fetcher.stops);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("the_first_signal_stops_the_fetcher") {
  CHECK(end_of_process(SIGINT, 1) == 1);
  CHECK(end_of_process(SIGTERM, 1) == 1);
}

TEST_CASE("the_second_signal_ends_the_process") {
  CHECK(end_of_process(SIGINT, 2) == 130);
}

TEST_CASE("signals_mean_what_they_did_before_when_the_fetch_is_over") {
  struct sigaction before {};
  struct sigaction after {};
  sigaction(SIGINT, nullptr, &before);
  {
    StoppableFetcher fetcher;
    const InterruptGuard guard(fetcher);
    sigaction(SIGINT, nullptr, &after);
    CHECK((after.sa_handler != before.sa_handler));
  }
  sigaction(SIGINT, nullptr, &after);
  CHECK((after.sa_handler == before.sa_handler));
}
