// How long a large unfinished download takes to open, and in how much memory.
//
//   journal_open FOLDER [GIB]
//
// Makes a sparse part with a third of its segments finished, then opens it as a run that resumes
// does, in the same boot. FOLDER must allow a file of that length (not an ext4 of small blocks).
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "must.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::bench;

namespace {

/// Nothing is reserved: the file has its length and no blocks.
void make_part(const std::filesystem::path& target, const store::Identity& identity) {
  store::Disk& disk = store::posix_disk();
  auto data = must(disk.open(store::part_path(target), store::OpenMode::create));
  check(data->truncate(*identity.size_bytes));
  const store::Header header{identity, store::choose_segment_bytes(*identity.size_bytes), 0};
  auto file = must(disk.open(store::journal_path(target), store::OpenMode::create));
  auto journal = must(store::Journal::create(std::move(file), header, disk.boot_id()));
  for (uint64_t segment = 0; segment < header.segments(); ++segment) {
    if (segment % 3 == 0) check(journal->finish_segment(segment, 4 * (segment + 1)));
  }
  check(journal->checkpoint(*data));
}

void open_part(const std::filesystem::path& target, const store::Identity& identity) {
  const auto began = std::chrono::steady_clock::now();
  const auto part = must(store::PartFile::open(store::posix_disk(), target, identity, {}));
  const auto missing = part->missing();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("opened in %.1f ms, peak %.1f MiB, %.0f GiB missing\n", took.count(),
              static_cast<double>(usage.ru_maxrss) / 1024,
              static_cast<double>(missing.total_bytes()) / (1 << 30));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) die("usage: journal_open FOLDER [GIB]");
  const uint64_t gib = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1024;
  const auto target = std::filesystem::path(argv[1]) / "journal_open";
  const store::Identity identity{"ftp://host/file", gib << 30, "20260102030405"};
  make_part(target, identity);
  const auto size = std::filesystem::file_size(store::journal_path(target));
  std::printf("journal %ju bytes, %.6f %% of the file\n", static_cast<uintmax_t>(size),
              100 * static_cast<double>(size) / static_cast<double>(*identity.size_bytes));
  std::fflush(stdout);
  for (int round = 0; round < 5; ++round) {
    // A process of its own each time: the memory of the one before does not count.
    if (fork() == 0) {
      open_part(target, identity);
      std::fflush(stdout);
      _exit(0);
    }
    wait(nullptr);
  }
  check(store::remove_part(store::posix_disk(), target));
}
