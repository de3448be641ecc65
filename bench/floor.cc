// The floor: what a segmented FTP download costs on this machine at least. So many threads, each
// with a connection of its own that fetches its part of the file: blocking recv and pwrite, and
// nothing else. No journal, no hash, no check, no second attempt.
//
//   floor HOST PORT PATH OUT CONNECTIONS [pwrite|discard]
//
// HOST is an IPv4 address, the login anonymous. `discard` writes nothing: what receiving alone
// costs.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

constexpr size_t kBufferBytes = 256 * 1024;  // as the program's own
constexpr int kMostConnections = 256;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "floor: %s\n", what.c_str());
  std::_Exit(1);
}

int connect_to(sockaddr_in address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    die(std::string("cannot connect: ") + std::strerror(errno));
  }
  return fd;
}

/// A control connection: one command, one reply, and any surprise ends the program.
class Control {
 public:
  explicit Control(sockaddr_in address) : fd_(connect_to(address)), in_(fdopen(fd_, "r")) {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    expect("", '2');
    if (expect("USER anonymous", "23").starts_with('3')) expect("PASS anonymous@", '2');
    expect("TYPE I", '2');
  }
  ~Control() { std::fclose(in_); }
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  std::string expect(const std::string& command, char first) {
    return expect(command, std::string_view(&first, 1));
  }

  /// The last line of the reply, which begins with one of `firsts`.
  std::string expect(const std::string& command, std::string_view firsts) {
    const std::string line = command + "\r\n";
    if (!command.empty() && write(fd_, line.data(), line.size()) < 0) die("the server is gone");
    char reply[4096];
    do {
      if (std::fgets(reply, sizeof reply, in_) == nullptr) die("the server is gone");
    } while (std::strlen(reply) < 4 || reply[3] != ' ' || reply[0] < '1' || reply[0] > '5');
    if (firsts.find(reply[0]) == std::string_view::npos) {
      die("the server answers " + command + " with " + reply);
    }
    return reply;
  }

 private:
  const int fd_;
  std::FILE* const in_;
};

struct Job {
  sockaddr_in address{};
  std::string path;
  int out = -1;  // -1: discard
};

void fetch(const Job& job, off_t begin, off_t end) {
  Control control(job.address);
  const std::string passive = control.expect("EPSV", '2');
  const size_t port = passive.find("|||");
  if (port == std::string::npos) die("the server answers EPSV with " + passive);
  sockaddr_in data_address = job.address;
  data_address.sin_port = htons(static_cast<uint16_t>(std::atoi(passive.c_str() + port + 3)));
  const int data = connect_to(data_address);
  control.expect("REST " + std::to_string(begin), '3');
  control.expect("RETR " + job.path, '1');
  std::vector<char> buffer(kBufferBytes);
  while (begin < end) {
    const size_t wanted = std::min(buffer.size(), static_cast<size_t>(end - begin));
    const ssize_t got = recv(data, buffer.data(), wanted, MSG_WAITALL);
    if (got <= 0) die("the server closed the connection too early");
    const auto bytes = static_cast<size_t>(got);
    if (job.out >= 0 && pwrite(job.out, buffer.data(), bytes, begin) != got) {
      die(std::string("cannot write: ") + std::strerror(errno));
    }
    begin += got;
  }
  close(data);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) die("usage: floor HOST PORT PATH OUT CONNECTIONS [pwrite|discard]");
  Job job;
  job.address.sin_family = AF_INET;
  job.address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[2])));
  if (inet_pton(AF_INET, argv[1], &job.address.sin_addr) != 1) die("HOST is not an IPv4 address");
  job.path = argv[3];
  const int connections = std::atoi(argv[5]);
  if (connections < 1 || connections > kMostConnections) die("CONNECTIONS is not from 1 to 256");
  const std::string_view mode = argc > 6 ? argv[6] : "pwrite";
  if (mode != "pwrite" && mode != "discard") die("the mode is neither pwrite nor discard");

  const off_t size = std::atoll(Control(job.address).expect("SIZE " + job.path, '2').c_str() + 4);
  if (mode == "pwrite") {
    job.out = open(argv[4], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (job.out < 0 || (size > 0 && posix_fallocate(job.out, 0, size) != 0)) {
      die(std::string("cannot reserve space in ") + argv[4]);
    }
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) {
    threads.emplace_back(
        [&, i] { fetch(job, size * i / connections, size * (i + 1) / connections); });
  }
  for (std::thread& thread : threads) thread.join();
}
