// What hashing and journalling cost: bytes from loopback into a preallocated file, by the program's
// own data path, with a journal and without (recv and pwrite alone), in turns.
//
//   data_path FOLDER [MIB] [STREAMS] [ROUNDS]
//
// FOLDER should be a tmpfs with huge pages, so that the disk is not what is measured. Prints each
// round and the ratio of the medians. The first pair of rounds is a warm-up and does not count.
#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/token_bucket.h"
#include "must.h"
#include "net/data_transfer.h"
#include "net/loop.h"
#include "store/part_file.h"

using namespace ftpull;
using namespace ftpull::bench;

namespace {

constexpr uint64_t kMiB = 1024 * 1024;
constexpr uint64_t kCheckpointBytes = 256 * kMiB;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

/// A process that sends the bytes that each connection asks for, so that its time is not ours.
class Sender {
 public:
  Sender() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address_;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address_), length) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address_), &length) != 0) {
      die("cannot listen");
    }
    if (fork() == 0) serve();
    close(listener_);
  }

  /// A connection on which so many bytes come.
  UniqueFd open(uint64_t bytes) const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0 ||
        write(fd, &bytes, sizeof bytes) != sizeof bytes) {
      die("cannot connect");
    }
    return UniqueFd(fd);
  }

 private:
  /// Ends when its parent does: nobody connects any more, and the alarm comes.
  [[noreturn]] void serve() const {
    constexpr unsigned kLongestRun_s = 1800;
    alarm(kLongestRun_s);
    const pid_t parent = getppid();
    std::thread([parent] {
      while (getppid() == parent) sleep(1);
      _exit(0);
    }).detach();
    for (;;) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd >= 0) std::thread(send_bytes, fd).detach();
    }
  }

  static void send_bytes(int fd) {
    static const std::vector<char> buffer(256 * 1024, 'x');
    uint64_t left = 0;
    if (read(fd, &left, sizeof left) != sizeof left) left = 0;
    while (left > 0) {
      const ssize_t sent =
          send(fd, buffer.data(), std::min<uint64_t>(left, buffer.size()), MSG_NOSIGNAL);
      if (sent <= 0) break;
      left -= static_cast<uint64_t>(sent);
    }
    close(fd);
  }

  int listener_;
  sockaddr_in address_{};
};

struct Round {
  double wall = 0;
  double cpu = 0;
};

struct Setting {
  std::filesystem::path target;
  uint64_t bytes;
  uint64_t streams;
};

/// One stream each from its own offset, as the ranges of a download.
Round run(const Sender& sender, const Setting& setting, bool journalled) {
  store::Disk& disk = store::posix_disk();
  store::PartFile::Options options;
  options.restart = true;
  auto part = must(store::PartFile::open(
      disk, setting.target, {"ftp://host/file", setting.bytes, "20260102030405"}, options));
  auto plain = must(disk.open(store::part_path(setting.target), store::OpenMode::update));

  net::Loop loop;
  net::PoolWork background(loop);
  TokenBucket bucket(0);
  std::vector<std::unique_ptr<Sink>> sinks;
  std::vector<std::unique_ptr<net::DataTransfer>> transfers;
  uint64_t received = 0;
  uint64_t checkpointed = 0;
  uint64_t ended = 0;
  bool busy = false;
  const Round before{seconds(), cpu_seconds()};
  for (uint64_t i = 0; i < setting.streams; ++i) {
    const uint64_t segment = part->segment_bytes();
    const auto place = [&](uint64_t n) {
      return n == setting.streams ? setting.bytes
                                  : setting.bytes * n / setting.streams / segment * segment;
    };
    uint64_t begin = place(i);
    const uint64_t end = place(i + 1);
    if (journalled) {
      auto writer = part->writer(begin);
      begin = writer->wire_begin();
      sinks.push_back(std::move(writer));
    } else {
      store::RangeWriter::Start start;
      start.position = begin;
      sinks.push_back(std::make_unique<store::RangeWriter>(*plain, nullptr, std::move(start)));
    }
    transfers.push_back(std::make_unique<net::DataTransfer>(
        loop, sender.open(end - begin), *sinks.back(), bucket,
        net::DataTransfer::Limits{begin, end, false},
        net::DataTransfer::Events{[&](uint64_t bytes) { received += bytes; },
                                  [&](net::DataTransfer::Outcome outcome, std::optional<Error>) {
                                    if (outcome != net::DataTransfer::Outcome::complete) {
                                      die("a transfer failed");
                                    }
                                    ++ended;
                                  }}));
  }
  loop.run(
      [&](TimePoint) {
        if (journalled && !busy && received - checkpointed >= kCheckpointBytes) {
          busy = true;
          checkpointed = received;
          background.run([&] { check(part->checkpoint()); }, [&] { busy = false; });
        }
        return kNever;
      },
      [&] { return ended == setting.streams && !busy; });
  const Round result{seconds() - before.wall, cpu_seconds() - before.cpu};
  transfers.clear();
  sinks.clear();
  check(part->abandon());
  return result;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) die("usage: data_path FOLDER [MIB] [STREAMS] [ROUNDS]");
  const auto number = [&](int at, uint64_t standard) {
    return argc > at ? std::strtoull(argv[at], nullptr, 10) : standard;
  };
  const Setting setting{std::filesystem::path(argv[1]) / "data_path", number(2, 2048) * kMiB,
                        number(3, 4)};
  const uint64_t rounds = number(4, 7);
  const Sender sender;
  std::vector<double> wall[2];
  std::vector<double> cpu[2];
  for (uint64_t i = 0; i <= rounds; ++i) {
    for (const bool journalled : {false, true}) {
      const Round round = run(sender, setting, journalled);
      std::printf("%s %.3f s, %.3f s CPU%s\n", journalled ? "journal " : "plain   ", round.wall,
                  round.cpu, i == 0 ? "  (warm-up)" : "");
      std::fflush(stdout);
      if (i == 0) continue;
      wall[journalled].push_back(round.wall);
      cpu[journalled].push_back(round.cpu);
    }
  }
  std::printf("medians: journal / plain = %.3f wall, %.3f CPU; throughput %.3f of plain\n",
              median(wall[1]) / median(wall[0]), median(cpu[1]) / median(cpu[0]),
              median(wall[0]) / median(wall[1]));
}
