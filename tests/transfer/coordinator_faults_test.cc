// The coordinator under random faults: whatever happens, a fetch ends with the identical file or
// with an error after which the next fetch goes on.
#include <doctest/doctest.h>

#include "fake_session.h"

using namespace ftpull;
using namespace ftpull::transfer;
using namespace ftpull::transfer::fake;

namespace {

Fault random_fault(std::mt19937_64& random, int percent) {
  if (static_cast<int>(random() % 100) >= percent) return {};
  constexpr ErrorKind kKinds[] = {ErrorKind::network, ErrorKind::protocol, ErrorKind::busy,
                                  ErrorKind::network};
  Fault fault;
  fault.after_bytes = random() % 3 == 0 ? 0 : random() % 600'000;
  fault.kind = kKinds[random() % std::size(kKinds)];
  fault.lost = random() % 3 == 0;
  fault.reusable = random() % 3 != 0;
  return fault;
}

}  // namespace

TEST_CASE("random_faults_end_with_the_file_or_with_an_error_and_a_part_to_go_on_with") {
  constexpr uint64_t kSeeds = 300;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Folder folder;
    Server server;
    server.content = content_of(random() % 2'000'000 + 1);
    server.size = server.content.size();
    server.most_sessions = static_cast<int>(random() % 6 + 1);
    const int percent = static_cast<int>(random() % 80);
    server.fault = [&](int, const RangeRequest&) { return random_fault(random, percent); };
    std::vector<double> rates(1000);
    for (double& rate : rates) rate = 20e3 + static_cast<double>(random() % 2'000'000);
    server.rate = [&](int session) { return rates[static_cast<size_t>(session) % rates.size()]; };
    bool fetched = false;
    constexpr int kRuns = 10;
    for (int run = 0; run < kRuns && !fetched; ++run) {
      if (run > 0) server.fault = [](int, const RangeRequest&) { return Fault{}; };
      server.opens_to_fail = static_cast<int>(random() % 3);
      Fetch fetch{server, folder / "f", static_cast<int>(random() % 8 + 1), 2, seed};
      if (run == 0 && random() % 3 == 0) {
        fetch.stop_after = std::chrono::milliseconds(random() % 2'000);
      }
      const auto result = fetch.run();
      fetched = result.has_value();
      if (!fetched) CHECK_FALSE(std::filesystem::exists(folder / "f"));
      if (!fetched) CHECK_FALSE(result.error().message.empty());
    }
    REQUIRE(fetched);
    const bool identical = read_file(folder / "f") == server.content;
    CHECK(identical);
    // Every byte that came was kept, through faults and the end of a run.
    check_sent_once(server, server.content.size());
  }
}
