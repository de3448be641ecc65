// What single steps of a download cost, apart from everything around them (Google Benchmark; its
// own options are taken, --help names them).
//
//   micro [--benchmark_filter=REGEX]
//
// The journal stands in /dev/shm, so that what is measured is the program and the system calls, not
// a disk.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

#include "ftp/reply.h"
#include "must.h"
#include "store/journal.h"
#include "store/part_file.h"
#include "transfer/picker.h"

using namespace ftpull;
using namespace ftpull::bench;

namespace {

constexpr uint64_t kMiB = 1024 * 1024;

void parse(benchmark::State& state, const std::string& text, int64_t replies) {
  for (auto _ : state) {
    ftp::ReplyParser parser;
    check(parser.feed(text));
    while (auto reply = parser.next()) benchmark::DoNotOptimize(*reply);
  }
  state.SetItemsProcessed(state.iterations() * replies);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

/// One range of a download: EPSV, REST, RETR and its end.
void replies_of_a_range(benchmark::State& state) {
  parse(state,
        "229 Entering Extended Passive Mode (|||49153|)\r\n"
        "350 Restart position accepted (1073741824).\r\n"
        "150 Opening BINARY mode data connection for /pub/a.bin (2147483648 bytes).\r\n"
        "226 Transfer complete.\r\n",
        4);
}
BENCHMARK(replies_of_a_range);

/// A reply of many lines, as FEAT, HELP and banners are.
void reply_of_many_lines(benchmark::State& state) {
  std::string text = "211-Features:\r\n";
  for (int64_t i = 0; i < state.range(0); ++i) {
    text += " MLST type*;size*;modify*;UNIX.mode*;UNIX.owner*;\r\n";
  }
  parse(state, text + "211 End\r\n", 1);
}
BENCHMARK(reply_of_many_lines)->Arg(10)->Arg(100);

void choose_split(benchmark::State& state) {
  std::mt19937_64 random(1);
  std::vector<transfer::ActiveRange> active;
  for (int64_t i = 0; i < state.range(0); ++i) {
    const uint64_t begin = static_cast<uint64_t>(i) * 256 * kMiB;
    active.push_back({begin + random() % (200 * kMiB), begin + 256 * kMiB,
                      static_cast<double>(random() % (8 * kMiB))});
  }
  transfer::Joining joining;
  joining.bytes_per_second = static_cast<double>(4 * kMiB);
  for (auto _ : state) {
    auto split = transfer::choose_split(active, joining, kMiB);
    benchmark::DoNotOptimize(split);
  }
}
BENCHMARK(choose_split)->Arg(16)->Arg(64);

/// A part of 16 GiB without blocks and its journal, in a folder of their own.
class Part {
 public:
  Part() {
    std::string name = "/dev/shm/ftpull-micro-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) die("cannot make a folder in /dev/shm");
    folder_ = name;
    store::Disk& disk = store::posix_disk();
    data_ = must(disk.open(store::part_path(folder_ / "file"), store::OpenMode::create));
    check(data_->truncate(kSize));
    const store::Identity identity{"ftp://host/file", kSize, "20260102030405"};
    const store::Header header{identity, store::choose_segment_bytes(kSize), 0};
    segments_ = header.segments();
    auto file = must(disk.open(store::journal_path(folder_ / "file"), store::OpenMode::create));
    journal_ = must(store::Journal::create(std::move(file), header, disk.boot_id()));
  }
  ~Part() {
    journal_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  store::File& data() { return *data_; }
  store::Journal& journal() { return *journal_; }
  uint64_t segments() const { return segments_; }

 private:
  static constexpr uint64_t kSize = 16'384 * kMiB;

  std::filesystem::path folder_;
  std::unique_ptr<store::File> data_;
  std::unique_ptr<store::Journal> journal_;
  uint64_t segments_ = 0;
};

void finish_segment(benchmark::State& state) {
  auto part = std::make_unique<Part>();
  uint64_t segment = 0;
  for (auto _ : state) {
    if (segment == part->segments()) {
      state.PauseTiming();
      part = std::make_unique<Part>();
      segment = 0;
      state.ResumeTiming();
    }
    check(part->journal().finish_segment(segment, 4 * (segment + 1)));
    ++segment;
  }
}
BENCHMARK(finish_segment);

/// A checkpoint after so many segments have been finished.
void checkpoint(benchmark::State& state) {
  auto part = std::make_unique<Part>();
  uint64_t segment = 0;
  const auto finished = static_cast<uint64_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    if (segment + finished > part->segments()) {
      part = std::make_unique<Part>();
      segment = 0;
    }
    for (uint64_t i = 0; i < finished; ++i, ++segment) {
      check(part->journal().finish_segment(segment, 4 * (segment + 1)));
    }
    state.ResumeTiming();
    check(part->journal().checkpoint(part->data()));
  }
}
BENCHMARK(checkpoint)->Arg(1)->Arg(64);

}  // namespace

BENCHMARK_MAIN();
